// What every statement works with.
import type { NativeEngine } from '../vdi/native.ts';
import type { Catalog } from './catalog.ts';

export interface Environment {
  readonly catalog: Catalog;
  readonly engine: NativeEngine;
  /** The instance that clients create their sets for; null: the default one. */
  readonly instance: string | null;
  /** The server's name in messages and headers. */
  readonly server: string;
}
