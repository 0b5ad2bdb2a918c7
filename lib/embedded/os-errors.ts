// Operating system errors as SQL Server prints them: the number and, in parentheses, Windows' text for it.
import { formatHresult } from '../vdi/hresult.ts';

const texts: Readonly<Record<number, string>> = {
  2: 'The system cannot find the file specified.',
  3: 'The system cannot find the path specified.',
  5: 'Access is denied.',
  6: 'The handle is invalid.',
  8: 'Not enough memory resources are available to process this command.',
  19: 'The media is write protected.',
  21: 'The device is not ready.',
  23: 'Data error (cyclic redundancy check).',
  29: 'The system cannot write to the specified device.',
  30: 'The system cannot read from the specified device.',
  38: 'Reached the end of the file.',
  50: 'The request is not supported.',
  87: 'The parameter is incorrect.',
  112: 'There is not enough space on the disk.',
  121: 'The semaphore timeout period has expired.',
  995: 'The I/O operation has been aborted because of either a thread exit or an application request.',
  1100: 'The physical end of the tape has been reached.',
  1101: 'A tape access reached a filemark.',
  1104: 'No more data is on the tape.',
  1117: 'The request could not be performed because of an I/O device error.',
  1129: 'Physical end of tape encountered.',
  1450: 'Insufficient system resources exist to complete the requested service.',
};

const noText = 'failed to retrieve text for this error. Reason: 15105';

/** For example `112(There is not enough space on the disk.)`. */
export function osErrorText(code: number): string {
  return `${code}(${texts[code] ?? noText})`;
}

/** For example `0x80070002(The system cannot find the file specified.)`. */
export function hresultText(hresult: number): string {
  const unsigned = hresult >>> 0;
  const isWin32 = (unsigned & 0xffff0000) >>> 0 === 0x80070000;
  const text = isWin32 ? texts[unsigned & 0xffff] : undefined;
  return `${formatHresult(unsigned)}(${text ?? noText})`;
}
