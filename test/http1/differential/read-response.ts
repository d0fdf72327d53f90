/** A final response as a reader understood it. */
export interface ReadResponse {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value …, as sent. */
  readonly fields: readonly string[];
  readonly persistent: boolean;
  readonly body: Buffer;
  readonly complete: boolean;
}
