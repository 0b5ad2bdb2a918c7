// The public API: exports only.
export { backup } from './backup.ts';
export { databases } from './databases.ts';
export { type DoctorOptions, type DoctorReport, doctor, type Finding, type FindingLevel } from './doctor/index.ts';
export * from './embedded/index.ts';
export { files, headers, label } from './inspect.ts';
export { restore, verify } from './restore.ts';
export { run } from './run.ts';
export type { BackupFile, BackupHeader, MediaLabel } from './sql/backup-rows.ts';
export type { ConnectionOption } from './sql/connection.ts';
export { ConnectError, DriverMissingError, PermissionError, ServerSupportError } from './sql/connection-error.ts';
export type { Database } from './sql/databases.ts';
export { ConnectionLostError, SqlServerError } from './sql/error.ts';
export type { DriverName, Execute, ExecuteOptions, ExecuteResult, SqlMessage, SqlValue } from './sql/executor.ts';
export type { Login } from './sql/login.ts';
export { type MessageKind, messageKind, type Verdict } from './sql/message-kinds.ts';
export type {
  BackupWith,
  CommonWith,
  Compression,
  Encryption,
  InspectWith,
  Mark,
  RestoreScope,
  RestoreWith,
  Scope,
  VerifyWith,
} from './sql/with.ts';
export type { Destination, Origin } from './streams/adapt.ts';
export { discard, NullSink } from './streams/null.ts';
export type { ServeOptions, ServeResult } from './streams/serve.ts';
export { type ServeSinkResult, serveSink } from './streams/serve-sink.ts';
export { serveSource } from './streams/serve-source.ts';
export type { Sink, Source } from './streams/sink.ts';
export { BackupKeptError, type KeptFile } from './transfer/kept.ts';
export { LimitError } from './transfer/limits.ts';
export type {
  BackupOptions,
  BackupResult,
  InspectOptions,
  Limits,
  Progress,
  RestoreOptions,
  RestoreResult,
  RunDevice,
  RunOptions,
  RunResult,
  StripeResult,
  TransferOptions,
  TransferResult,
  VerifyOptions,
} from './transfer/options.ts';
export { relatedErrors } from './transfer/related.ts';
export type { ServerOptions } from './transfer/server-options.ts';
export { type AddonAttempt, AddonLoadError } from './vdi/addon.ts';
export { type Completion, VirtualDeviceCommand } from './vdi/command.ts';
export { type CommandName, commandCodes } from './vdi/command-codes.ts';
export type { VdConfig, VdConfigInput } from './vdi/config.ts';
export { type DeviceTransferOptions, VirtualDevice, type WaitOptions } from './vdi/device.ts';
export * from './vdi/errors.ts';
export { deviceKinds, type FeatureName, featureNames, features } from './vdi/features.ts';
export { FileError } from './vdi/file-error.ts';
export type { CompletionCodeName } from './vdi/hresult.ts';
export type {
  NativeCounters as DeviceCounters,
  NativeTransferResult as DeviceTransferResult,
  ProviderName,
} from './vdi/native.ts';
export { ProviderError, providers } from './vdi/provider.ts';
export { VirtualDeviceSet, type VirtualDeviceSetOptions } from './vdi/set.ts';
export { completionCodes, statuses } from './vdi/status.ts';
