// gateway: a small Go service in front of an inventory service, logging in logfmt.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

var kept [][]byte

func line(level, format string, arguments ...any) {
	fmt.Printf("ts=%s level=%s service=gateway %s\n", time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), level, fmt.Sprintf(format, arguments...))
}

func main() {
	client := &http.Client{Timeout: 1500 * time.Millisecond}
	http.HandleFunc("/stock/", func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		response, err := client.Get("http://127.0.0.1:8090" + r.URL.Path)
		if err != nil {
			line("error", "msg=%q path=%s err=%q took=%s", "inventory call failed", r.URL.Path, err.Error(), time.Since(started).Round(time.Millisecond))
			w.WriteHeader(502)
			return
		}
		io.Copy(w, response.Body)
		response.Body.Close()
		line("info", "msg=%q method=GET path=%s status=%d took=%s", "served", r.URL.Path, response.StatusCode, time.Since(started).Round(time.Millisecond))
	})
	http.HandleFunc("/buffer", func(w http.ResponseWriter, r *http.Request) {
		mb, _ := strconv.Atoi(r.URL.Query().Get("mb"))
		block := make([]byte, mb<<20)
		for i := range block {
			block[i] = 1
		}
		kept = append(kept, block)
		line("info", "msg=%q blocks=%d", "buffered upload", len(kept))
	})
	line("info", "msg=%q port=8083 pid=%d", "gateway listening", os.Getpid())
	http.ListenAndServe("127.0.0.1:8083", nil)
}
