// The errors of the interface and of files: their class, code and advice.
import { describe, expect, it } from 'vitest';
import { createVdiError } from '../../lib/vdi/create-error.ts';
import * as errors from '../../lib/vdi/errors.ts';
import { systemError } from '../../lib/vdi/file-error.ts';
import { statuses } from '../../lib/vdi/status.ts';

const context = { operation: 'OpenDevice', setName: 'the set', device: 'the device' };

describe('VdiError', () => {
  it.each(statuses)('$name is a $className with its advice', (status) => {
    const error = createVdiError(status.value, context);
    expect(error.constructor).toBe(new Map<string, unknown>(Object.entries(errors)).get(status.className));
    expect(error).toBeInstanceOf(errors.VdiError);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      ...context,
      name: status.className,
      code: status.name,
      hresult: status.value,
      advice: status.advice,
    });
    expect(error.message).toContain(status.meaning);
    expect(error.message).toContain(`0x${status.value.toString(16)}`);
  });

  it('says what failed, on what, why, and what to do', () => {
    expect(createVdiError(0x8077000d, { operation: 'Close', setName: 'x' }).message).toBe(
      "Close failed on set 'x': devices are open (VD_E_OPEN, 0x8077000d). Advice: from close(): everything was released, " +
        'but the transfer had not ended; from openDevice(): every device is open already.',
    );
    expect(createVdiError(0x80770006, { ...context, detail: 'it is too long' }).message).toMatch(
      /^OpenDevice failed on set 'the set', device 'the device': it is too long \(VD_E_INVALID, 0x80770006\)\. Advice: /,
    );
  });

  it('takes signed statuses, names Win32 ones, and keeps unknown ones', () => {
    expect(createVdiError(0x8077000e | 0, context)).toBeInstanceOf(errors.VdiCloseError);
    expect(createVdiError(0x80070070, context)).toMatchObject({ code: 'ERROR_DISK_FULL', hresult: 0x80070070 });
    const unknown = createVdiError(0x8badf00d, { operation: 'Create', setName: '' });
    expect(unknown).toMatchObject({
      code: 'HRESULT 0x8badf00d',
      name: 'VdiError',
      hresult: 0x8badf00d,
      device: undefined,
    });
    expect(unknown.message).toMatch(/^Create failed: .* \(0x8badf00d\)\. Advice: look the HRESULT up/);
  });
});

describe('FileError', () => {
  it('is in Node’s shape on every platform', () => {
    const error = systemError('ENOSPC', 28, 'write', '/backups/a.bak');
    expect(error).toMatchObject({
      name: 'FileError',
      code: 'ENOSPC',
      errno: 28,
      syscall: 'write',
      path: '/backups/a.bak',
    });
    expect(error.message).toBe("write failed for '/backups/a.bak': no space left on device (ENOSPC)");
  });
});
