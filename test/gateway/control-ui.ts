import { expect, it } from "vitest";

import { COMMAND } from "../support/gateway-edge.ts";
import { fetchHttp } from "../support/gateway-http.ts";
import { basic, injected, ORIGIN, type Rig } from "../support/gateway-rig.ts";

export function controlUi(rig: () => Rig): void {
  it("comes up behind the packed package, as npm installs it from the tarball", () => {
    expect(COMMAND).toMatch(/\/node_modules\/openclaw-edge\/dist\/cli\/bin\.js$/);
    expect(rig().edge.output()).toContain(ORIGIN);
  });

  it("is served with every asset that its page names, byte for byte as the Gateway sends them", async () => {
    const { through, straight } = rig();
    const page = await fetchHttp(through, { path: "/", fields: [basic("alice"), ["Accept", "text/html"]] });
    expect(page.status).toBe(200);
    expect(page.fields["content-type"]).toMatch(/^text\/html/);

    const assets = [...page.body.toString().matchAll(/\b(?:href|src)="(\/[^"]+)"/g)].map((match) => match[1] as string);
    expect(assets.filter((path) => path.endsWith(".js")).length).toBeGreaterThan(3);
    expect(assets.some((path) => path.endsWith(".css"))).toBe(true);
    for (const path of assets) {
      const [asset, original] = await Promise.all([
        fetchHttp(through, { path, fields: [basic("alice")] }),
        fetchHttp(straight, { path, fields: injected("alice") }),
      ]);
      expect.soft(asset.status, path).toBe(200);
      expect.soft(asset.fields["content-type"], path).toBe(original.fields["content-type"]);
      expect.soft(asset.body.equals(original.body), `${path} has the Gateway's own bytes`).toBe(true);
    }
  });

  it("keeps the Gateway's own security fields, once each, and adds Strict-Transport-Security", async () => {
    const page = await fetchHttp(rig().through, { path: "/", fields: [basic("alice")] });
    const original = await fetchHttp(rig().straight, { path: "/", fields: injected("alice") });

    for (const name of ["content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy"]) {
      expect.soft(original.fields[name], name).toBeDefined();
      // node:http joins repeated lines with a comma: equality means one line.
      expect.soft(page.fields[name], name).toBe(original.fields[name]);
    }
    expect(page.fields["content-security-policy"]).toContain(`${ORIGIN}:*`);
    expect(original.fields["strict-transport-security"]).toBeUndefined();
    expect(page.fields["strict-transport-security"]).toBe("max-age=86400");
  });

  it("gets its configuration, to HEAD as to GET", async () => {
    const path = "/control-ui-config.json";
    const config = await fetchHttp(rig().through, { path, fields: [basic("alice")] });
    expect(config.status).toBe(200);
    expect(JSON.parse(config.body.toString())).toMatchObject({ serverBuildId: rig().buildId });

    const head = await fetchHttp(rig().through, { method: "HEAD", path, fields: [basic("alice")] });
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });

  it("is reached from port 80 by a redirect that keeps path and query", async () => {
    const { tls: _, ...plain } = rig().through;
    const reply = await fetchHttp({ ...plain, port: 80 }, { path: "/chat?session=main" });
    expect([reply.status, reply.fields["location"]]).toEqual([308, `${ORIGIN}/chat?session=main`]);
  });
}
