// The operations as the tests call them: through the provider under test, where a test does not say another.
import * as api from '../../lib/index.ts';
import { provider } from './raw.ts';

export const backup = (options: api.BackupOptions): Promise<api.BackupResult> => api.backup({ provider, ...options });
export const restore = (options: api.RestoreOptions): Promise<api.RestoreResult> =>
  api.restore({ provider, ...options });
export const verify = (options: api.VerifyOptions): Promise<api.RestoreResult> => api.verify({ provider, ...options });
