// Why the engine's job failed, in SQL Server's words: the cause first, as clients see it.
// Message 18210 stands in a real server's error log; the stand-in has none and sends it after the cause.
import type { EngineFailure } from '../vdi/native.ts';
import { type Draft, draft } from './messages.ts';
import { hresultText, osErrorText } from './os-errors.ts';

const aborted = 995;
const endOfFile = 38;
const ioDevice = 1117;
const notSupported = 0x80770009;
/** HRESULT_FROM_WIN32 */
const win32Facility = 0x80070000;
const stateOpenDevice = 6;
const stateInitialize = 7;

const isAbort = (hresult: number): boolean => hresult >>> 0 === 0x80770004;

export function describeFailure(failure: EngineFailure | null, devices: readonly string[]): Draft[] {
  if (failure === null) return [draft(3204)];
  const device = devices[Math.max(0, failure.device)] ?? '';
  const hresult = hresultText(failure.hresult || (win32Facility | failure.osError) >>> 0);
  const code = failure.osError !== 0 ? failure.osError : isAbort(failure.hresult) ? aborted : ioDevice;
  const error = osErrorText(code);
  switch (failure.stage) {
    case 'open':
      return [
        draft(3201, [device, hresult], stateInitialize),
        draft(18210, ['BackupVirtualDeviceSet::Initialize', 'Open', device, hresult]),
      ];
    case 'configure':
      if (failure.hresult >>> 0 === notSupported) return [draft(3261)];
      return [
        draft(3201, [device, hresult], stateInitialize),
        draft(18210, ['BackupVirtualDeviceSet::SetBufferParms', 'Request large buffers', device, hresult]),
      ];
    case 'openDevice':
      return [draft(3201, [device, hresult], stateOpenDevice)];
    case 'write':
      return [
        code === aborted ? draft(3271, [device, error]) : draft(3202, [device, error]),
        draft(18210, ['BackupMedium::ReportIoError', 'write', device, error]),
      ];
    case 'read':
      return [
        code === aborted ? draft(3271, [device, error]) : draft(3203, [device, error]),
        draft(18210, ['BackupMedium::ReportIoError', 'read', device, error]),
      ];
    case 'flush':
    case 'complete':
      return [
        draft(3271, [device, error]),
        draft(18210, ['BackupVirtualDeviceFile::RequestDurableMedia', 'Flush', device, error]),
      ];
    case 'media':
      return [describeMedia(failure, devices.length, device)];
    case 'local':
      return [draft(3271, [failure.detail || device, error])];
    case 'cancelled':
      return [draft(3204)];
  }
}

function describeMedia({ media, device: index }: EngineFailure, provided: number, device: string): Draft {
  switch (media) {
    case 'truncated':
      return draft(3203, [device, osErrorText(endOfFile)]);
    case 'swapped':
      // Which family it is was seen before the transfer; here a stripe's later part is another stripe's.
      return draft(3133, [device, 2, index + 1, 1, index + 1]);
    case 'foreign':
      return draft(3258, [device]);
    case 'missing':
      return draft(3132, [provided + 1, provided]);
    case 'empty':
      return draft(3254, [device]);
    case 'unrecognized':
      return draft(3241, [device]);
    case 'damaged':
    case 'none':
      return draft(3189);
  }
}
