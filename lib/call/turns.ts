import type { RealtimeClientEvent } from "openai/resources/realtime/realtime";
import type { Cut, Playback } from "./playback.ts";
import type { Responses } from "./responses.ts";

/** What an interruption acts upon. */
export interface TurnsOptions {
  readonly playback: Playback;
  readonly responses: Responses;
  /** Has the phone side drop what it still plays. */
  readonly interruption: () => void;
  /** Has our own pipe forget what it still holds. */
  readonly discard: () => void;
  readonly send: (event: RealtimeClientEvent) => void;
  /** Told of each item that was cut, in order; `wasHeard`: the phone side had to be silenced. */
  readonly onCut: (cut: Cut, wasHeard: boolean) => void;
}

/** Takes the floor from the agent: its audio stops, and the model's memory is corrected to what was heard. */
export class Turns {
  readonly #options: TurnsOptions;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /**
   * The agent stops: the line drops its queue if it may hold unheard audio, late audio of the response is ignored,
   * and the model's items are cut to what was heard.
   */
  interrupt(): void {
    const { playback, responses, interruption, discard, onCut, send } = this.#options;
    responses.dropActive();
    const wasHeard = playback.unheardMs() > 0;
    if (wasHeard) interruption();
    discard();
    for (const cut of playback.interrupt()) {
      send(correctionOf(cut));
      onCut(cut, wasHeard);
    }
  }
}

/**
 * What tells the model how much of its words was heard. Truncating to nothing is an error of the API: an item of which
 * nothing was heard is deleted.
 */
export function correctionOf({ itemId, contentIndex, heardMs }: Cut): RealtimeClientEvent {
  return heardMs === 0 ? { type: "conversation.item.delete", item_id: itemId } : {
    type: "conversation.item.truncate",
    item_id: itemId,
    content_index: contentIndex,
    audio_end_ms: heardMs,
  };
}
