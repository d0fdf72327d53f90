import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ownedFields } from "../../src/headers/owned.ts";

const isOwned = ownedFields("x-forwarded-user");

describe("the alias rule", () => {
  test.each([
    "x-forwarded-user",
    "x_forwarded_user",
    "x.forwarded.user",
    "x-forwarded_for",
    "x-forwarded-",
    "x-forwarded-anything",
    "x-real-ip",
    "x_real.ip",
    "forwarded",
    "true-client-ip",
    "true_client_ip",
    "x-openclaw-scopes",
    "x_openclaw_scopes",
    "x-openclaw-edge-user",
    "x.openclaw.edge.x",
    "cf-connecting-ip",
    "cf_ray",
    "tailscale-user-login",
    "tailscale.user.name",
    "proxy-authorization",
    "proxy_authorization",
  ])("%s is the edge's own", (key) => {
    expect(isOwned(key)).toBe(true);
  });

  test.each([
    "session_id",
    "x-forwarded",
    "x-forwardeduser",
    "forwarded-for",
    "x-openclaw-token",
    "x-openclaw-scope",
    "x-openclaw-edge",
    "cf",
    "cfo-x",
    "tailscale",
    "authorization",
    "host",
    "user-agent",
    "",
  ])("%s is not", (key) => {
    expect(isOwned(key)).toBe(false);
  });

  test("a configured user header takes the default one's place, in any spelling of either", () => {
    const configured = ownedFields("remote_user");
    for (const key of ["remote-user", "remote_user", "remote.user"]) expect(configured(key)).toBe(true);
    expect(isOwned("remote-user")).toBe(false);
    // The default name is a forwarding field all the same.
    expect(configured("x-forwarded-user")).toBe(true);
  });

  test("no mixture of separators hides an owned name", () => {
    const separator = fc.constantFrom("-", "_", ".");
    const name = fc.constantFrom(
      "x-forwarded-user",
      "x-real-ip",
      "true-client-ip",
      "x-openclaw-scopes",
      "cf-connecting-ip",
      "tailscale-user-login",
      "proxy-authorization",
    );
    fc.assert(
      fc.property(name, fc.array(separator, { minLength: 4, maxLength: 4 }), (owned, separators) => {
        let index = 0;
        return isOwned(owned.replaceAll("-", () => separators[index++] as string));
      }),
    );
  });
});
