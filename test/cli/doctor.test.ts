// sqlvdi doctor, as its users run it. What it may find is tested in test/doctor.
import { expect, it } from 'vitest';
import { sqlvdi } from './command.ts';

it('prints a line for each finding, and succeeds where none is an error', async () => {
  const { code, stdout, stderr } = await sqlvdi(['doctor', '--provider', 'embedded']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(/^ok {7}platform: (linux|win32) x64$/m);
  expect(stdout.toString()).toMatch(/^ok {7}virtual device set: created and closed by the provider embedded/m);
});

it('prints one document with --json', async () => {
  const { code, stdout } = await sqlvdi(['doctor', '--provider', 'embedded', '--json']);
  const document: unknown = JSON.parse(stdout.toString());
  expect(code).toBe(0);
  expect(document).toMatchObject({ ok: true, operation: 'doctor' });
  expect(document).toHaveProperty(
    'findings',
    expect.arrayContaining([expect.objectContaining({ check: 'node', level: 'ok', fix: null })]),
  );
});

it('fails where an error is among the findings, and prints the document all the same', async () => {
  const other = process.platform === 'win32' ? 'libsqlvdi' : 'com';
  const { code, stdout, stderr } = await sqlvdi(['doctor', '--provider', other, '--json']);
  expect(code).toBe(1);
  expect(stderr).toBe('');
  const document: unknown = JSON.parse(stdout.toString());
  expect(document).toMatchObject({ ok: false });
  expect(document).toHaveProperty('findings', expect.arrayContaining([expect.objectContaining({ level: 'error' })]));
});

it('leaves out with --quiet what is ok', async () => {
  const { stdout } = await sqlvdi(['doctor', '--provider', 'embedded', '--quiet']);
  expect(stdout.toString()).not.toMatch(/^ok/m);
});

it('refuses a provider that there is none of', async () => {
  const { code, stderr } = await sqlvdi(['doctor', '--provider', 'vss']);
  expect(code).toBe(2);
  expect(stderr).toContain('--provider');
});
