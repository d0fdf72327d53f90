/** Every error has a stable code, a source and a status; this table is the only place that maps them. */

/** Whose doing it was: the client's, the Gateway's, our own, or the operator's who configured us. */
export type ErrorSource = "downstream" | "upstream" | "internal" | "operator";

interface ErrorEntry {
  readonly source: ErrorSource;
  /** HTTP status of the answer; 0: no answer is possible any more. */
  readonly status: number;
  /** What happened, in one sentence, for whoever reads the answer. */
  readonly message: string;
}

const entry = (source: ErrorSource, status: number, message: string): ErrorEntry => ({ source, status, message });

export const ERRORS = {
  // The request's grammar (RFC 9112)
  bad_request_line: entry("downstream", 400, "The request line is not valid HTTP/1.1."),
  bad_target: entry("downstream", 400, "The request target is not valid."),
  bad_field: entry("downstream", 400, "A header field is not valid."),
  bad_line_end: entry("downstream", 400, "A line of the request head does not end in CR LF."),
  bad_host: entry("downstream", 400, "The Host field is missing, repeated or not valid."),
  bad_framing: entry("downstream", 400, "The length of the request body is ambiguous."),
  bad_chunk: entry("downstream", 400, "The chunked request body is not valid."),
  bad_websocket: entry("downstream", 400, "The WebSocket handshake is not complete."),
  bad_expectation: entry("downstream", 417, "The Expect field asks for something other than 100-continue."),
  websocket_version: entry("downstream", 426, "Only WebSocket version 13 is supported."),
  version_not_supported: entry("downstream", 505, "Only HTTP/1.1 and HTTP/1.0 are supported."),
  head_too_large: entry("downstream", 431, "The request head is too large."),
  plain_http: entry("downstream", 400, "This port speaks HTTPS; the request came as plain HTTP."),
  body_too_large: entry("downstream", 413, "The request body is too large."),
  exemption_rate: entry("downstream", 429, "Too many requests without a sign-in came from this address."),
  method_refused: entry("downstream", 405, "This method is not allowed here."),
  misdirected: entry("downstream", 421, "This host name is not served here."),
  // Limits and time
  head_timeout: entry("downstream", 408, "The request head did not arrive in time."),
  body_timeout: entry("downstream", 408, "The request body arrived too slowly."),
  read_timeout: entry("downstream", 0, "The client did not read its answer in time."),
  too_far_ahead: entry("downstream", 0, "The client sent more ahead of its turn than it may, and could not be answered in time."),
  client_left: entry("downstream", 0, "The client left before the answer was complete."),
  // Sign-in
  credentials_required: entry("downstream", 401, "Sign-in is required."),
  credentials_malformed: entry("downstream", 401, "The credentials are not well formed."),
  credentials_wrong: entry("downstream", 401, "The user name or the password is wrong."),
  session_ended: entry("downstream", 401, "The session has ended."),
  cross_site: entry("downstream", 403, "A page of another site sent this request, and this edge takes none from there."),
  form_foreign: entry("downstream", 403, "The form was not shown to this browser by this edge."),
  form_type: entry("downstream", 415, "Only a form (application/x-www-form-urlencoded) is taken here."),
  bad_form: entry("downstream", 400, "The form is not well formed."),
  no_such_page: entry("downstream", 404, "The edge has no such page."),
  page_method: entry("downstream", 405, "This page does not take this method."),
  pass_wrong: entry("downstream", 401, "This device pass is not valid, or not any more."),
  sign_in_throttled: entry("downstream", 429, "Too many sign-ins have failed; even the right password is not looked at for a while."),
  sign_in_busy: entry("internal", 503, "Too many sign-ins are being checked at this moment."),
  // The upstream
  loop: entry("upstream", 508, "This request has already passed through this edge."),
  loopback_client: entry("operator", 403, "The Gateway refuses clients on the same machine."),
  route_down: entry("upstream", 502, "Whoever serves this path is not answering."),
  upstream_refused: entry("upstream", 503, "The Gateway is not running."),
  upstream_unreachable: entry("upstream", 502, "The Gateway can't be reached."),
  upstream_timeout: entry("upstream", 504, "The Gateway did not accept a connection in time."),
  upstream_closed: entry("upstream", 502, "The Gateway closed the connection without an answer."),
  upstream_cut_short: entry("upstream", 0, "The Gateway's answer was cut short."),
  bad_upstream_response: entry("upstream", 502, "The Gateway's answer is not valid HTTP."),
  bad_upstream_handshake: entry("upstream", 502, "The Gateway's WebSocket handshake is not valid."),
  // The house itself
  certificate_pending: entry("internal", 503, "The certificate for this name is still being obtained."),
  shutting_down: entry("internal", 503, "The edge is shutting down."),
  ended_by_operator: entry("operator", 0, "The operator ended the connection."),
  internal: entry("internal", 500, "Something went wrong inside the edge."),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** A failure while serving an exchange. */
export class EdgeError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, options?: { readonly detail?: string; readonly cause?: unknown }) {
    super(options?.detail ? `${ERRORS[code].message} ${options.detail}` : ERRORS[code].message, { cause: options?.cause });
    this.name = "EdgeError";
    this.code = code;
  }

  get source(): ErrorSource {
    return ERRORS[this.code].source;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** One thing that the operator has to mend: where it is, what is wrong, and the mend. */
export interface Problem {
  /** A flag, a file with its line, or a configuration path. */
  readonly where: string;
  readonly what: string;
  readonly mend: string;
}

/** The operator's mistakes, all of them at once. */
export class ConfigurationError extends Error {
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => `${problem.where}: ${problem.what} ${problem.mend}`).join("\n"));
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}
