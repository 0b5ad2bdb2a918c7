// A C++ program that knows the published interface and nothing of this package (native/test/vdi_client.cc), backing up and
// restoring the stand-in's databases: in a process of its own, on Windows by the registered DLL, the statement sent by a third.
// SQLVDI_TEST_CLIENT names the program; CMake builds it with the native tests.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { checksumOf, outcome, serverWith, sqlvdi, start } from '../cli/command.ts';

const program = process.env['SQLVDI_TEST_CLIENT'] ?? '';

test.skipIf(program === '')(
  "a program written against Microsoft's interface backs up and restores (SQLVDI_TEST_CLIENT names it)",
  async () => {
    const { folder, server } = await serverWith('Sales', '16m');
    const instance = `t${randomUUID().slice(0, 8)}`;
    const serving = start(['embedded', 'serve', server, '--instance', instance]);
    const served = outcome(serving);
    if (serving.stdout === null) throw new Error('no pipe');
    await once(createInterface(serving.stdout), 'line');

    const run = async (...args: readonly string[]) => {
      const [operation = '', ...rest] = args;
      const child = spawn(program, [operation, instance, ...rest]);
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = outcome(child);
      const [statement] = await once(createInterface(child.stdout), 'line');
      const executed = await sqlvdi(['embedded', 'exec', '--instance', instance, String(statement)]);
      expect(executed.code, executed.stderr).toBe(0);
      expect(executed.stdout.toString()).toContain(
        `${operation.toUpperCase()} DATABASE successfully processed 2048 pages`,
      );
      expect(await ended).toMatchObject({ code: 0, stderr: '' });
    };
    const stripes = [join(folder, 'a.bak'), join(folder, 'b.bak'), join(folder, 'c.bak')];
    await run('backup', 'Sales', ...stripes);
    await run('restore', 'Copy', ...stripes);

    serving.kill();
    await served;
    expect(await checksumOf(server, 'Copy')).toBe(await checksumOf(server, 'Sales'));
  },
);
