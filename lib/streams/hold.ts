// Node streams between the call that they were given to and the moment they are used: connecting may take a while.
import { isNodeReadable, isNodeWritable } from './adapt.ts';

/**
 * From now on an error of a stream among the values ends its transfer and not the process, as with Node's own `pipeline`: the
 * stream remembers it for whoever uses it. Returns what stops that. The streams are touched in no other way.
 */
export function holdStreams(values: readonly unknown[]): () => void {
  const streams: NodeJS.EventEmitter[] = values.filter((value) => isNodeWritable(value) || isNodeReadable(value));
  const remembered = () => undefined;
  for (const stream of streams) stream.on('error', remembered);
  return () => {
    for (const stream of streams) stream.off('error', remembered);
  };
}
