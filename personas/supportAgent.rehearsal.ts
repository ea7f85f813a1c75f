import { agent, caller, defineRehearsal, expect } from "parley";

export default defineRehearsal({
  scenes: {
    "A caller who wants a person is asked first, and connected": [
      expect.said("Thanks for calling. How can I help?"),
      caller.says("My parcel arrived broken, and I would like to speak to a person."),
      agent.says("I'm very sorry about that. Shall I connect you to a colleague at the desk?"),
      expect.answered({ withinMs: 1500 }),
      caller.says("Yes, please."),
      agent.calls("transfer", { destination: "desk" }, { saying: "I'm connecting you now." }),
      expect.transferred("desk"),
      expect.said("connecting you"),
      expect.ended("transferred"),
      expect.never.called("hangup"),
    ],

    "A transfer that fails does not lose the caller": {
      ami: "forbidden",
      steps: [
        caller.says("A person, please."),
        agent.calls("transfer", { destination: "desk" }, { saying: "One moment." }),
        agent.says("I'm sorry, nobody can be reached just now. May I help you myself?"),
        expect.called("transfer"),
        expect.said(/sorry.*help you myself/),
        caller.says("All right."),
        agent.says("Thank you. What is your order number?"),
        expect.answered(),
      ],
    },

    "An early hello does not cut the greeting off": [
      caller.interrupts("Hello?", { afterMs: 800 }),
      agent.says("Good day. What can I do for you?"),
      expect.said("What can I do for you?"),
      expect.never.interrupted(),
    ],

    "The goodbye is heard before the agent hangs up": [
      caller.says("Nothing else, thank you. Goodbye."),
      agent.calls("hangup", {}, { saying: "Thank you for calling. Have a good day, goodbye." }),
      expect.said("Have a good day, goodbye."),
      expect.ended("agent"),
    ],

    "A caller who goes on speaking stays in the call": [
      caller.says("No, that was all."),
      agent.calls("hangup", {}, { saying: "Thank you for calling, and have a very pleasant day. Goodbye." }),
      caller.interrupts("Oh, wait, one more thing.", { afterMs: 600 }),
      agent.says("Of course. What is it?"),
      expect.interrupted({ withinMs: 800 }),
      expect.said("Of course."),
      caller.hangsUp(),
      expect.ended("caller"),
    ],
  },
});
