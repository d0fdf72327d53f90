import type { Certificates } from "./certificates/manager.ts";
import type { Decide } from "./exchange.ts";
import { answerHttp01, explainUntil } from "./listener/http-01.ts";
import { redirectTo } from "./listener/plain.ts";

/**
 * What is decided on port 80: CAs are answered, everybody else is sent to HTTPS, or told to wait where there is no certificate yet.
 *
 * @param port the HTTPS port
 */
export function decidePlain(
  isServed: (host: string) => boolean,
  { challenges, has }: Pick<Certificates, "challenges" | "has">,
  port: number,
): Decide {
  const redirect = redirectTo(isServed, () => port);
  if (challenges === undefined) return redirect;
  return answerHttp01((token) => challenges.keyAuthorization(token), explainUntil(has, isServed, redirect));
}
