/** What is spent in a day; a day is told as its number since 1970 in UTC. Only one day is kept. */
export interface Purse {
  /** US dollars spent so far. */
  spent(day: number): number;
  /** Adds to it and returns what it is then. */
  add(day: number, usd: number): number;
}

/** A purse of this process's own. */
export function createPurse(): Purse {
  let [kept, sum] = [NaN, 0];
  return {
    spent: (day) => day === kept ? sum : 0,
    add(day, usd) {
      [kept, sum] = [day, (day === kept ? sum : 0) + usd];
      return sum;
    },
  };
}
