/** The edge as a library: what the command line runs on. */
export { createEdge, type Edge } from "./edge.ts";
export { ConfigurationError, EdgeError, ERRORS, type ErrorCode, type ErrorSource, type Problem } from "./errors.ts";
export type { EdgeConfig, TlsSource, UpstreamTarget } from "./config/edge-config.ts";
export type { ServedName } from "./config/served-name.ts";
export { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, type Limits, type Timeouts } from "./config/limits.ts";
export type { ExchangeRecord, FailedSignIn, Log } from "./log/log.ts";
export type { BoundAddress } from "./listener/bind.ts";
export type { Certificates } from "./certificates/manager.ts";
