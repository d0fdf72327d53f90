import type { Client, RequestHead } from "../exchange.ts";
import type { ResponseHead } from "../http1/response-head.ts";
import { isLoopback } from "./client-address.ts";

/** What the Gateway writes in its 403 to somebody whom a proxy on the same machine forwards as a client of that machine. */
const REFUSAL = "proxy_attribution_required";

/** Whether the Gateway refuses somebody for having opened the edge on its own machine, and a person is to read it: we can say what to do. */
export function isLoopbackRefusal(client: Client, request: RequestHead, response: ResponseHead, body: Buffer): boolean {
  if (response.status !== 403 || !isLoopback(client.address)) return false;
  return /text\/html/i.test(request.fields.first("accept") ?? "") && body.includes(REFUSAL);
}
