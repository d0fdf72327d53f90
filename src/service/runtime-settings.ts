/**
 * What V8 is told. By default its young generation grows with the machine's memory, to 128 MiB on a machine with 16 GiB, the first time
 * that a thousand clients come at once, and it never gives that back: 9 KB for each of 5,000 open WebSockets, for nothing. From 3 MiB up a
 * request costs the same.
 */
export const V8_FLAG = "--max-semi-space-size=3";

/**
 * What TLS is told. By default the runtime parses all of Mozilla's root certificates in a thread of its own as soon as TLS is loaded: 2 MiB.
 * OpenSSL's own list is read only where one is asked for, and the edge asks nowhere: whatever is a TLS client runs in children without
 * this flag.
 */
export const CA_FLAG = "--use-openssl-ca";

/**
 * What glibc's malloc is told: a heap of its own for each of a dozen helper threads is half a MiB that nobody uses, and its threshold for
 * giving memory back (mallopt(3)), which otherwise rises with the first large buffer that is freed, stays where it begins.
 */
export const MALLOC_ENVIRONMENT = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072" } as const;
