import type { FinishedResponse, ServerEvent } from "../realtime/events.ts";
import type { ConversationOptions } from "./conversation-options.ts";
import type { CallEvent } from "./events.ts";
import type { Outcomes } from "./outcomes.ts";
import type { Responses } from "./responses.ts";
import type { Tooling } from "./tooling.ts";
import type { Transcripts } from "./transcripts.ts";
import type { TurnTaking } from "./turn-taking.ts";

export interface ModelEventsOptions
  extends Pick<ConversationOptions, "tell" | "onSpeech" | "onSpoken" | "model"> {
  readonly transcripts: Transcripts;
  readonly responses: Responses;
  readonly turnTaking: TurnTaking;
  readonly tooling: Tooling;
  readonly outcomes: Outcomes;
}

/** A response of this model is over. */
export function responseEvent({ id, status, usage }: FinishedResponse, model: string): CallEvent {
  return { type: "response", responseId: id, status, usage, model };
}

/** Makes what takes the model's events to the parts of a conversation that they concern. */
export function createModelEvents(options: ModelEventsOptions): (event: ServerEvent) => void {
  const { tell, onSpeech, onSpoken, model, transcripts, responses, tooling, outcomes } = options;
  const { floor, audio, latency } = options.turnTaking;

  function responseDone(response: FinishedResponse): void {
    const { id: responseId } = response;
    tell(responseEvent(response, model));
    if (!response.inConversation) return;
    const dropped = responses.isDropped(responseId);
    audio.finish(responseId);
    const request = responses.done(response);
    tooling.responseDone(response);
    if (!dropped) outcomes.done(response, request, audio.isAudible(responseId));
  }

  function responseBegun(responseId: string): void {
    const { purpose } = responses;
    tell({ type: "response_begun", responseId, ...(purpose === undefined ? {} : { purpose }) });
  }

  return (event) => {
    switch (event.type) {
      case "input_audio_buffer.speech_started":
        tell({ type: "caller_speaking" });
        onSpeech();
        latency.speechStarted(event.audioStartMs);
        return floor.speechStarted();
      case "input_audio_buffer.speech_stopped":
        tell({ type: "caller_silent" });
        latency.speechStopped(event.audioEndMs);
        return floor.speechStopped(event.itemId);
      case "input_audio_buffer.committed":
        onSpoken(event.itemId);
        transcripts.expect(event.itemId);
        return floor.committed(event.itemId);
      case "conversation.item.input_audio_transcription.completed":
        return transcripts.user(event.itemId, event.transcript);
      case "conversation.item.input_audio_transcription.failed":
        return transcripts.failed(event.itemId);
      case "response.created":
        responses.created(event.responseId, event.metadata);
        responseBegun(event.responseId);
        return floor.answered();
      case "response.output_audio.delta":
        return audio.delta(event);
      case "response.output_audio.done":
        return audio.finish(event.responseId, event.itemId);
      case "response.output_audio_transcript.delta":
        return transcripts.agentDelta(event.itemId, event.delta);
      case "response.output_audio_transcript.done":
        return transcripts.agent(event.itemId, event.transcript);
      case "response.done":
        return responseDone(event.response);
      default:
        return tooling.onModel(event);
    }
  };
}
