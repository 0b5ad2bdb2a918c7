// What a status code is called, what it means and what to do about it.
import { completionCodes, statuses } from './status.ts';

/** A Win32 code a client answers a command with, by name. */
export type CompletionCodeName = keyof typeof completionCodes;

export interface HresultDescription {
  /** Empty where the table does not know the code. */
  readonly name: string;
  readonly meaning: string;
  readonly advice: string;
}

/** What HRESULT_FROM_WIN32 adds to a Win32 code. */
const win32Facility = 0x80070000;

const byHresult = new Map<number, HresultDescription>([
  ...Object.entries(completionCodes).map(([name, { value, meaning }]): [number, HresultDescription] => [
    win32Facility + value,
    { name, meaning, advice: 'look at the SQL Server error log for what came before it' },
  ]),
  ...statuses.map((status): [number, HresultDescription] => [status.value, status]),
]);

const unknown: HresultDescription = {
  name: '',
  meaning: 'the call failed with a status that the VDI specification does not list',
  advice: 'look the HRESULT up in the Windows documentation and into the SQL Server error log',
};

/** 0x and eight lower-case digits. */
export function formatHresult(hresult: number): string {
  return `0x${(hresult >>> 0).toString(16).padStart(8, '0')}`;
}

/** The status table's, else that of the Win32 code it stands for. */
export function describeHresult(hresult: number): HresultDescription {
  return byHresult.get(hresult >>> 0) ?? unknown;
}

/** The number of a completion code given by name or number. An unknown name is a TypeError. */
export function completionCodeValue(code: CompletionCodeName | number): number {
  if (typeof code === 'number') {
    if (!Number.isInteger(code) || code < 0 || code > 0xffffffff) {
      throw new TypeError(`a completion code is an unsigned 32-bit Win32 code, not ${code}`);
    }
    return code;
  }
  if (!Object.hasOwn(completionCodes, code)) {
    throw new TypeError(
      `'${String(code)}' is no completion code; give a Win32 code or one of ${Object.keys(completionCodes).join(', ')}`,
    );
  }
  return completionCodes[code].value;
}
