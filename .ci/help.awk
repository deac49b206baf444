# Lists the Makefile's targets by what one wants. A target says it in its line: `up: engine ## start: what it does`.

BEGIN {
    title["start"] = "Start"; example["start"] = "make up ARGS='--scale client=8'"
    title["look"] = "Look"; example["look"] = "make handshake ARGS='--explain --lang zh'"
    title["load"] = "Load"; example["load"] = "make load CLIENTS=8 RATE=500 REPORT='--html load.html'"
    title["hosts"] = "Several hosts"; example["hosts"] = "make hosts HOSTS=3"
    title["test"] = "Test"; example["test"] = "make test ARGS='-k handshake'"
    title["develop"] = "Develop"; example["develop"] = "make check"
    count = split("start look load hosts test develop", order)
}

match($0, /^[a-z0-9-]+:.*## [a-z]+: /) {
    target = $0; sub(/:.*/, "", target)
    text = $0; sub(/^.*## [a-z]+: /, "", text)
    group = $0; sub(/^.*## /, "", group); sub(/: .*/, "", group)
    lines[group] = lines[group] sprintf("  %-12s %s\n", target, text)
}

END {
    for (i = 1; i <= count; i++) {
        name = order[i]
        printf("%s%s, as in: %s\n%s", (i > 1) ? "\n" : "", title[name], example[name], lines[name])
    }
}
