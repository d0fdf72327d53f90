/** How a pass is put into the programs that use it, ready to be copied. Pure. */

/**
 * The command line refuses to open a WebSocket without a token or password of the Gateway's, unless its own `gateway.auth.mode` says that
 * it needs none (openclaw 2026.9.6).
 *
 * @param origin where the edge is reached: `https://ai.example.com`
 */
export function snippets(id: string, pass: string, origin: string): string {
  return `OpenClaw's command line and nodes, in ~/.openclaw/openclaw.json there:

  { "gateway": {
      "mode": "remote",
      "auth": { "mode": "trusted-proxy",
        "trustedProxy": { "userHeader": "x-forwarded-user" } },
      "remote": {
        "url": "${origin.replace(/^http/, "ws")}",
        "edgeAuth": {
          "X-OpenClaw-Edge-Pass": "${pass}"
        } } } }

Apps that ask for the headers of Cloudflare Access:

  CF-Access-Client-Id: ${id}
  CF-Access-Client-Secret: ${pass}

OpenAI-style clients, which send it as Authorization: Bearer:

  base URL: ${origin}/v1
  API key:  ${pass}

curl, without the pass in its argument list:

  printf 'Authorization: Bearer ${pass}' |
    curl -H @- ${origin}/
`;
}
