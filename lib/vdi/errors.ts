// The errors of the interface: one class for each status of the table, and what they have in common.
export * from './status-errors.ts';
export * from './vdi-error.ts';
