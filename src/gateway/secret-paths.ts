/**
 * Paths of the Gateway whose next segments are a secret: whoever knows the address is let in, so a log that holds it
 * is a list of keys. Lower case, between slashes, matched at any depth because the Control UI may live under a base path.
 */
export const SECRET_PATHS: readonly string[] = [
  /** Short-lived join codes: the code pairs a device. */
  "/j/",
  /** Public links: the id is all that is needed to read what was shared. */
  "/share/",
  /** Webhooks of plugins: most senders can carry a secret in the path only. */
  "/plugins/webhooks/",
  /** Hooks: the path may carry the hook's own token (`/hooks/<token>`), though a field is the documented place. */
  "/hooks/",
  /** Webhooks of channels (SMS, Synology), for the same reason. */
  "/webhooks/",
  "/webhook/",
  /** Capability addresses of the Gateway's canvas and worker: the segment is the capability. */
  "/__openclaw__/cap/",
];
