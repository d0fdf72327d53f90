/** Packages whose code is part of ours in dist/: their licences travel with it, and the bill of materials names them. */
export const BUNDLED = ["@humanwhocodes/momoa", "jose", "prom-client", "tdigest", "bintrees", "@opentelemetry/api"] as const;
