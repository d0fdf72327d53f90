import { ALICE, DOMAIN } from "../../support/edge.ts";

export interface RequestOptions {
  readonly method?: string;
  /** null: none. Default Alice's. */
  readonly authorization?: string | null;
  readonly fields?: readonly string[];
}

/** A request's head. */
export function request(target: string, { method = "GET", authorization = ALICE, fields = [] }: RequestOptions = {}): string {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    `Host: ${DOMAIN}`,
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...fields,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export function webSocketRequest(target: string, authorization: string = ALICE): string {
  const fields = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="];
  return request(target, { authorization, fields });
}

/** Runs `work` so many times, at most `at once` together. */
export async function repeat(times: number, atOnce: number, work: (number: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let number = next++; number < times; number = next++) await work(number);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
}
