import { agent, caller, defineRehearsal, expect } from "parley";

export default defineRehearsal({
  scenes: {
    "The greeting comes at once, and a question is answered": [
      expect.answered({ withinMs: 1000 }),
      expect.said("Hello, how can I help you?"),
      caller.says("What can I see in the museum of clocks?"),
      agent.says("Four rooms, from sundials to quartz. Shall we begin with the first?"),
      expect.answered({ withinMs: 1500 }),
      expect.said("sundials"),
      expect.turns(1),
      expect.never.interrupted(),
    ],

    "The caller can cut a long answer short": [
      caller.says("Tell me all about tower clocks."),
      agent.says(
        "Tower clocks were the first machines that told a whole town the time. " +
          "They had no hands at first, only a bell that was struck each hour by a weight on a long rope.",
      ),
      caller.interrupts("Stop, please. What was the first one?", { afterMs: 2000 }),
      agent.says("Nobody knows for sure."),
      expect.interrupted({ withinMs: 800 }),
      expect.said("Nobody knows for sure."),
      expect.never.said("rope"),
      expect.turns(2),
    ],

    "Keys are told to the model": [
      caller.presses("42#"),
      agent.says("You pressed four and two."),
      expect.said("four and two"),
    ],

    "A pause to think does not end the caller's turn": [
      caller.says("I would like to know,"),
      caller.waits(300),
      caller.says("when you open tomorrow."),
      agent.says("At ten."),
      expect.turns(1),
      expect.said("At ten."),
    ],
  },
});
