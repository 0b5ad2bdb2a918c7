// The embedded server's public names, for lib/index.ts to export.
export type { CreateDatabaseOptions, DatabaseInfo, ModifyOptions } from './api.ts';
export type { BatchEvent, BatchOptions, Column, ColumnType, ResultSet } from './batch.ts';
export { EmbeddedClient } from './endpoint/client.ts';
export { EmbeddedEndpoint } from './endpoint/endpoint.ts';
export type { Fault, FaultPlace } from './faults.ts';
export { EmbeddedServer, type EmbeddedServerOptions } from './server.ts';
export { TdsEndpoint, type TdsEndpointOptions, type TdsLogin } from './tds/endpoint.ts';
