// A statement the server refused or ended with an error, with everything the server said about it.
import type { SqlMessage } from './executor.ts';
import { isError } from './message-kinds.ts';

/**
 * A T-SQL statement failed. The error's own number, state and severity are those of the **first** error message: the server
 * sends the cause first and consequences such as 3013 "… is terminating abnormally" after it.
 */
export class SqlServerError extends Error {
  override readonly name = 'SqlServerError';
  /** The first error's number, for example 911: no such database; 0 where the server sent no error message. */
  readonly number: number;
  /** Its state. */
  readonly state: number;
  /** Its severity, 11 to 25. */
  readonly severity: number;
  /** Every message of the statement, information included, in order. */
  readonly messages: readonly SqlMessage[];

  constructor(messages: readonly SqlMessage[], options?: ErrorOptions) {
    const errors = messages.filter(isError);
    const first = errors[0];
    const text = errors.map((error) => `${error.message} (error ${error.number}, state ${error.state})`).join(' ');
    super(text || 'The statement failed and the server sent no error message.', options);
    this.number = first?.number ?? 0;
    this.state = first?.state ?? 0;
    this.severity = first?.severity ?? 0;
    this.messages = [...messages];
  }
}

/**
 * The server, or the connection to it, was gone before the statement had ended. A function `execute` rejects with it to say so:
 * the transfer then ends as one that the server aborted, with a VdiAbortError whose cause this is.
 */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  /** Always 'SQLVDI_CONNECTION_LOST'. */
  readonly code = 'SQLVDI_CONNECTION_LOST';
}
