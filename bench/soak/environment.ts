import { fileURLToPath } from "node:url";

export const PERSONAS_DIR = fileURLToPath(new URL("./personas", import.meta.url));

export interface Surroundings {
  readonly modelUrl: string;
  readonly amiUrl: string;
  readonly recoverySeconds: number;
  readonly format: "pcm" | "pcmu";
}

/** The service's variables in a soak, beside HOST and PORT. */
export function serviceEnvironment(
  { modelUrl, amiUrl, recoverySeconds, format }: Surroundings,
): Record<string, string> {
  return {
    PERSONA: "steady",
    PERSONAS_DIR,
    OPENAI_REALTIME_URL: modelUrl,
    OPENAI_API_KEY: "sk-soak",
    OPENAI_AUDIO_FORMAT: format,
    AMI_URL: amiUrl,
    RECOVERY_SECONDS: String(recoverySeconds),
    LOG_FORMAT: "json",
    // Each call's end is told at this level.
    LOG_LEVEL: "info",
  };
}
