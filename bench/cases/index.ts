import type { Case } from "./case.ts";
import { flood } from "./flood.ts";
import { handshake, handshakeHybrid } from "./handshake.ts";
import { idle, idleWebSocket } from "./memory.ts";
import { download, large, small } from "./requests.ts";
import { websocket } from "./websocket.ts";

/** In the order of the run and of the tables. */
export const CASES: readonly Case[] = [small, large, download, websocket, handshake, handshakeHybrid, idle, idleWebSocket, flood];
