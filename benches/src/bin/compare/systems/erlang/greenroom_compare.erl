%% One round of one scenario in Erlang: the same messages, the same counting, the same checks as the
%% handlers of the other systems. Plain processes, which are the fastest that Erlang has; a
%% gen_server does more for each message. Each is registered under a name, linked to a parent that
%% traps exits, and known to have started before anything is sent to it.
-module(greenroom_compare).
-export([main/1]).

-define(TIME_OUT, 5000).

main([Scenario, Count]) ->
    process_flag(trap_exit, true),
    Load = list_to_integer(Count),
    try round(Scenario, Load) of
        {time, Nanoseconds} -> done("time ~b ~b~n", [Nanoseconds, Load], 0);
        {memory, Bytes} -> done("memory ~b ~b~n", [Bytes, Load], 0)
    catch
        _:Reason -> done("failed ~p~n", [Reason], 1)
    end.

done(Format, Values, Status) ->
    io:format(Format, Values),
    halt(Status).

round("tell_1to1", Load) -> tell(Load, 1);
round("tell_4to1", Load) -> tell(Load, 4);
round("ask", Load) -> ask(Load);
round("pingpong", Load) -> pingpong(Load);
round("spawn", Load) -> spawning(Load);
round("memory", Load) -> memory(Load).

tell(Load, Senders) ->
    Root = self(),
    Sink = start(sink, fun() -> sink(Load, 0, 0, Root) end),
    Started = now_ns(),
    [spawn_link(fun() ->
         feed(Sink, Load * N div Senders, Load * (N + 1) div Senders)
     end) || N <- lists:seq(0, Senders - 1)],
    settle(Started, Load, 1).

feed(_, End, End) -> ok;
feed(Sink, Value, End) ->
    Sink ! Value,
    feed(Sink, Value + 1, End).

sink(Expected, Expected, Sum, Root) ->
    Root ! {total, now_ns(), Expected, Sum},
    receive stop -> ok end;
sink(Expected, Seen, Sum, Root) ->
    receive Value -> sink(Expected, Seen + 1, Sum + Value, Root) end.

ask(Load) ->
    Adder = start(adder, fun() -> adder(0, 0) end),
    Started = now_ns(),
    Sum = questions(Adder, 0, Load, 0),
    Finished = now_ns(),
    Sum = sum(Load),
    {time, Finished - Started}.

questions(_, End, End, Sum) -> Sum;
questions(Adder, Value, End, _) ->
    questions(Adder, Value + 1, End, question(Adder, Value)).

question(Adder, Value) ->
    Tag = make_ref(),
    Adder ! {add, Value, self(), Tag},
    receive {Tag, Sum} -> Sum after ?TIME_OUT -> exit(time_out) end.

adder(Seen, Sum) ->
    receive
        {add, Value, From, Tag} ->
            From ! {Tag, Sum + Value},
            adder(Seen + 1, Sum + Value)
    end.

pingpong(Load) ->
    Root = self(),
    Player = fun() -> receive {meet, Other} -> player(Other, Load, 0, 0, Root) end end,
    Ping = start(ping, Player),
    Pong = start(pong, Player),
    Ping ! {meet, Pong},
    Pong ! {meet, Ping},
    Started = now_ns(),
    Ping ! 0,
    settle(Started, Load, 2).

player(Other, Load, Seen, Sum, Root) ->
    receive
        Value ->
            if Seen + 1 =:= Load div 2 -> Root ! {total, now_ns(), Seen + 1, Sum + Value};
               true -> ok
            end,
            if Value + 1 < Load -> Other ! Value + 1;
               true -> ok
            end,
            player(Other, Load, Seen + 1, Sum + Value, Root)
    end.

spawning(Load) ->
    Started = now_ns(),
    Sum = populate(0, Load, 0),
    Finished = now_ns(),
    Sum = sum(Load),
    {time, Finished - Started}.

memory(Load) ->
    Before = resident_bytes(),
    Sum = populate(0, Load, 0),
    After = resident_bytes(),
    Sum = sum(Load),
    {memory, After - Before}.

populate(End, End, Sum) -> Sum;
populate(Number, End, Sum) ->
    Name = list_to_atom("adder-" ++ integer_to_list(Number)),
    Adder = start(Name, fun() -> adder(0, 0) end),
    populate(Number + 1, End, Sum + question(Adder, Number)).

start(Name, Body) ->
    Parent = self(),
    Pid = spawn_link(fun() ->
        true = register(Name, self()),
        Parent ! {started, self()},
        Body()
    end),
    receive {started, Pid} -> Pid end.

%% Waits for the totals of so many processes, which together must be the whole load.
settle(Started, Load, Processes) ->
    {Finished, Seen, Sum} = totals(Processes, Started, 0, 0),
    Load = Seen,
    Sum = sum(Load),
    {time, Finished - Started}.

totals(0, Finished, Seen, Sum) -> {Finished, Seen, Sum};
totals(Processes, Finished, Seen, Sum) ->
    receive
        {total, At, ItsSeen, ItsSum} ->
            totals(Processes - 1, max(Finished, At), Seen + ItsSeen, Sum + ItsSum)
    end.

sum(Load) -> Load * (Load - 1) div 2.

now_ns() -> erlang:monotonic_time(nanosecond).

resident_bytes() ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Kilobytes]} =
        re:run(Status, "VmRSS:\\s*(\\d+) kB", [{capture, all_but_first, list}]),
    list_to_integer(Kilobytes) * 1024.
