/** What was set out to be reached, and whether it was. */
import type { CaseName } from "./cases/case-name.ts";

export interface TargetFigure {
  readonly case: CaseName;
  /** The competitor whose figure ours is divided by; undefined: our figure itself. */
  readonly against: string | undefined;
  readonly compare: "at most" | "at least";
  readonly limit: number;
  /** How the limit is written where a decimal fraction would not be read. */
  readonly written?: string;
  /** Wished for, not demanded. */
  readonly stretch?: true;
}

export const TARGETS: readonly TargetFigure[] = [
  { case: "small", against: "caddy", compare: "at most", limit: 0.35 },
  { case: "small", against: "nginx-usual", compare: "at most", limit: 1 / 1_500, written: "1/1500" },
  { case: "small", against: "nginx-tuned", compare: "at most", limit: 1.6 },
  { case: "large", against: "nginx-tuned", compare: "at most", limit: 0.95 },
  { case: "download", against: "nginx-tuned", compare: "at most", limit: 0.75 },
  { case: "websocket", against: "nginx-tuned", compare: "at most", limit: 2.0 },
  { case: "handshake", against: "nginx-tuned", compare: "at most", limit: 1.6 },
  { case: "idle", against: undefined, compare: "at most", limit: 62 },
  { case: "idle-websocket", against: undefined, compare: "at most", limit: 58 },
  { case: "flood", against: undefined, compare: "at least", limit: 80 },
  { case: "small", against: "caddy", compare: "at most", limit: 0.25, stretch: true },
  { case: "small", against: "nginx-tuned", compare: "at most", limit: 1.15, stretch: true },
];

export interface Judgement extends TargetFigure {
  /** NaN: not measured in this run. */
  readonly figure: number;
  readonly verdict: "reached" | "missed" | "not measured";
}

/** `figureOf`: what the edge's is of a competitor's, or its own alone; NaN where there is none. */
export function judge(figureOf: (name: CaseName, against: string | undefined) => number): readonly Judgement[] {
  return TARGETS.map((target) => {
    const figure = figureOf(target.case, target.against);
    if (Number.isNaN(figure)) return { ...target, figure, verdict: "not measured" };
    const reached = target.compare === "at most" ? figure <= target.limit : figure >= target.limit;
    return { ...target, figure, verdict: reached ? "reached" : "missed" };
  });
}
