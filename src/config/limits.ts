/** Every wait of the data plane, in milliseconds. None is a total: a stream may last for days. */
export interface Timeouts {
  /** From accept to the first byte. Default 10,000: a browser that opens a spare connection gives it up sooner. */
  readonly firstByte: number;
  /** The TLS handshake. Default 10,000 (the runtime's own default is 120,000). */
  readonly handshake: number;
  /** From a request's first byte to the end of its head. Default 10,000. */
  readonly head: number;
  /** An idle connection between two requests. Default 75,000, as nginx's. */
  readonly idle: number;
  /** The window in which a body must bring `minimumBodyRate`. Default 60,000. */
  readonly body: number;
  /** Bytes pending to somebody who reads none of them. Default 60,000. */
  readonly write: number;
  /** Connecting to the upstream. Default 5,000: it is on this machine or in its network. */
  readonly connect: number;
  /** How long a WebSocket handshake is held while the Gateway refuses connections (a restart). Default 5,000. */
  readonly hold: number;
  /** How long exchanges and WebSockets may take to end when the edge stops. Default 10,000. */
  readonly drain: number;
}

/** Every bound of the data plane. */
export interface Limits {
  /** Octets of a request or response head. Default 16,384: the Gateway's own limit. */
  readonly headSize: number;
  /** Fields in a head. Default 100. */
  readonly headFields: number;
  /** Octets that a client may send ahead of its turn (pipelined heads, bytes before a WebSocket's 101) before the edge stops reading. Default 65,536. */
  readonly pipelined: number;
  /** Octets a second, averaged over `timeouts.body`, below which a body is too slow. Default 1,024. */
  readonly minimumBodyRate: number;
  /** Connections at once from one client prefix (IPv4 address, IPv6 /64); an IPv6 /48 has eight times as many. Default 256. */
  readonly connectionsPerClient: number;
  /** Connections at once in all. Default 20,000. */
  readonly connections: number;
  /** Connections to the upstream that are kept idle. Default 64. */
  readonly idleUpstream: number;
  /** Strangers' password checks that wait or run, in all; one more is answered 503. Known devices have a quarter as many besides. Default 64. */
  readonly passwordChecks: number;
  /** Requests a minute without a sign-in, for each client prefix and each exemption. Default 600. */
  readonly exposeRate: number;
  /** Wrong passwords of one client prefix, or one known device, before waits begin; a name has twice as many, an IPv6 /48 eight times. Default 5. */
  readonly failedSignIns: number;
}

export const DEFAULT_TIMEOUTS: Timeouts = {
  firstByte: 10_000,
  handshake: 10_000,
  head: 10_000,
  idle: 75_000,
  body: 60_000,
  write: 60_000,
  connect: 5_000,
  hold: 5_000,
  drain: 10_000,
};

export const DEFAULT_LIMITS: Limits = {
  headSize: 16_384,
  headFields: 100,
  pipelined: 65_536,
  minimumBodyRate: 1_024,
  connectionsPerClient: 256,
  connections: 20_000,
  idleUpstream: 64,
  passwordChecks: 64,
  exposeRate: 600,
  failedSignIns: 5,
};
