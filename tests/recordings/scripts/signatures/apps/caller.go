// A client: calls URL over and over and logs how each call went.
package main

import (
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"strconv"
	"time"
)

func say(level, msg string, item int, more string) {
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	fmt.Printf("ts=%s level=%s service=gateway msg=%q item=%d%s\n", at, level, msg, item, more)
}

func main() {
	seconds, _ := strconv.ParseFloat(os.Args[2], 64)
	until := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for item := 1; time.Now().Before(until); item++ {
		answer, err := client.Get(fmt.Sprintf("%s/%d", os.Args[1], item))
		if err != nil {
			say("error", "stock not read", item, fmt.Sprintf(" err=%q", err))
		} else {
			answer.Body.Close()
			say("info", "stock read", item, fmt.Sprintf(" status=%d", answer.StatusCode))
		}
		time.Sleep(time.Duration(50+rand.Intn(300)) * time.Millisecond)
	}
}
