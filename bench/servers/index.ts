import { caddy } from "./caddy.ts";
import { edge } from "./edge.ts";
import { haproxy } from "./haproxy.ts";
import { httpProxy } from "./http-proxy.ts";
import { nginxTuned } from "./nginx-tuned.ts";
import { nginxUsual } from "./nginx-usual.ts";
import type { Competitor } from "./server.ts";

/** In the order of the rounds and of the table. */
export const COMPETITORS: readonly Competitor[] = [edge, nginxTuned, nginxUsual, caddy, haproxy, httpProxy];
