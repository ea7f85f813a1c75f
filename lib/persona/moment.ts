/** A point in time as a persona tells it. */
export interface Moment {
  /** `2027-03-14` */
  readonly date: string;
  /** `15:04` */
  readonly time: string;
  /** `Sunday`, in the persona's language. */
  readonly weekday: string;
}

let local: string | undefined;

/** The machine's own time zone, such as `Europe/Rome`; `UTC` in most containers. As it was when first asked for. */
export function localTimeZone(): string {
  return local ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether there is a time zone of this IANA name. */
export function isTimeZone(name: string): boolean {
  // Intl takes offsets such as +02:00 as well, which know no summer time.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What calendar and clock show in a time zone. @throws {RangeError} if there is no such zone. */
export function momentOf(now: Date, timeZone: string, language = "en"): Moment {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en", {
      timeZone,
      calendar: "gregory",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
    }).formatToParts(now).map(({ type, value }) => [type, value]),
  );
  return {
    date: `${parts.year}-${parts.month}-${parts.day}`,
    time: `${parts.hour}:${parts.minute}`,
    weekday: new Intl.DateTimeFormat(language, { timeZone, weekday: "long" }).format(now),
  };
}
