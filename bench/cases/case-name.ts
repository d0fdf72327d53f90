export type CaseName =
  | "small"
  | "large"
  | "download"
  | "websocket"
  | "handshake"
  | "handshake-hybrid"
  | "idle"
  | "idle-websocket"
  | "flood";
