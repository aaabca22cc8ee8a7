// Writes zap.json, zap_console.log, zerolog.json, klog.log, logrus.logfmt: go run . FOLDER
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"k8s.io/klog"
)

var errFull = errors.New("orders: 10 of 10 connections in use")

func trace(order int) string {
	return fmt.Sprintf("4bf92f3577b34da6a3ce929d0e0e47%02x", order)
}

func withZap(path string, encoder zapcore.Encoder) {
	file, _ := os.Create(path)
	defer file.Close()
	core := zapcore.NewCore(encoder, zapcore.AddSync(file), zap.DebugLevel)
	log := zap.New(core, zap.AddCaller(), zap.AddStacktrace(zap.ErrorLevel)).Named("orders")
	for order := 0; order < 12; order++ {
		log.Info("order taken", zap.Int("order", order), zap.String("trace_id", trace(order)))
		if order%4 == 3 {
			log.Warn("pool is nearly full", zap.Int("used", 9))
			log.Error("charging failed", zap.Error(errFull), zap.String("trace_id", trace(order)))
		}
	}
}

func withZerolog(path string) {
	file, _ := os.Create(path)
	defer file.Close()
	zerolog.TimeFieldFormat = zerolog.TimeFormatUnixMs
	log := zerolog.New(file).With().Timestamp().Str("service", "orders").Logger()
	for order := 0; order < 12; order++ {
		log.Info().Int("order", order).Str("correlation_id", fmt.Sprintf("c-%05d", order)).Msg("order taken")
		if order%4 == 3 {
			log.Error().Err(errFull).Int("order", order).Msg("charging failed")
		}
	}
}

func withKlog(path string) {
	file, _ := os.Create(path)
	defer file.Close()
	flags := flag.NewFlagSet("klog", flag.ExitOnError)
	klog.InitFlags(flags)
	_ = flags.Set("logtostderr", "false")
	_ = flags.Set("one_output", "true")
	_ = flags.Set("stderrthreshold", "FATAL")
	klog.SetOutput(file)
	for order := 0; order < 12; order++ {
		klog.Infof("order %d taken", order)
		if order%4 == 3 {
			klog.Warningf("pool is at %d percent", 90+order/4)
			klog.ErrorS(errFull, "Charging failed", "order", order)
		}
	}
	klog.Flush()
}

func withLogrus(path string) {
	file, _ := os.Create(path)
	defer file.Close()
	log := logrus.New()
	log.SetOutput(file)
	log.SetFormatter(&logrus.TextFormatter{DisableColors: true, FullTimestamp: true, TimestampFormat: time.RFC3339Nano})
	for order := 0; order < 12; order++ {
		log.WithFields(logrus.Fields{"order": order, "request_id": fmt.Sprintf("r-%04d", order)}).Info("order taken")
		if order%4 == 3 {
			log.WithError(errFull).WithField("order", order).Error("charging failed")
		}
	}
}

func withPanic(path string) {
	var out bytes.Buffer
	for order := 0; order < 12; order++ {
		fmt.Fprintf(&out, "%s order %d taken\n", time.Now().UTC().Format("2006/01/02 15:04:05"), order)
	}
	func() {
		defer func() {
			fmt.Fprintf(&out, "panic: %v\n\n%s", recover(), debug.Stack())
		}()
		var pool map[string]int
		pool["orders"] = 1
	}()
	_ = os.WriteFile(path, out.Bytes(), 0o644)
}

func main() {
	at := func(name string) string { return filepath.Join(os.Args[1], name) }
	encoding := zap.NewProductionEncoderConfig()
	withZap(at("zap.json"), zapcore.NewJSONEncoder(encoding))
	encoding = zap.NewDevelopmentEncoderConfig()
	withZap(at("zap_console.log"), zapcore.NewConsoleEncoder(encoding))
	withZerolog(at("zerolog.json"))
	withKlog(at("klog.log"))
	withLogrus(at("logrus.logfmt"))
	withPanic(at("go_panic.log"))
}
