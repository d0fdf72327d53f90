/** How a pass is put into the programs that use it, ready to be copied. Pure. */

/** @param origin where the edge is reached: `https://ai.example.com` */
export function snippets(id: string, pass: string, origin: string): string {
  return `OpenClaw's command line and nodes, in ~/.openclaw/openclaw.json there:

  { "gateway": { "mode": "remote", "remote": {
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
