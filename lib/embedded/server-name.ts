// A server's name as SQL Server gives it: the machine's and, for a named instance, the instance's.
import { hostname } from 'node:os';

export const machineName = (): string => hostname().toUpperCase();

export function serverName(instance: string | null): string {
  return instance === null ? machineName() : `${machineName()}\\${instance}`;
}
