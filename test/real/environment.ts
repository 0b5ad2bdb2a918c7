// Which server these tests are for, from the environment. Passwords come from nowhere else.
//   SQLVDI_REAL_SERVER    host, or host,port, of the default instance: a real SQL Server on this machine
//   SQLVDI_REAL_INSTANCE  the name of a second instance on it
//   SQLVDI_REAL_USER, SQLVDI_REAL_PASSWORD    a login of the role sysadmin; without them the account of this process
//   SQLVDI_REAL_PROVIDER  com, libsqlvdi, or embedded: the stand-in instead, which tries these tests out and proves nothing
import type { ProviderName } from '../../lib/vdi/native.ts';

const { env } = process;

export const provider = (env['SQLVDI_REAL_PROVIDER'] || 'auto') as 'auto' | ProviderName;
export const isStandIn = provider === 'embedded';

/** What a connection is made with; null where the tests are not to run. */
export const login = env['SQLVDI_REAL_SERVER']
  ? {
      server: env['SQLVDI_REAL_SERVER'],
      user: env['SQLVDI_REAL_USER'],
      password: env['SQLVDI_REAL_PASSWORD'],
    }
  : null;

export const instance = env['SQLVDI_REAL_INSTANCE'] || (isStandIn ? 'NAMED' : null);
export const enabled = login !== null || isStandIn;
