// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// grace is how long requests under way may take once the server has been told to stop.
const grace = 2 * time.Second

// run is the program: it serves until ctx is done, and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(stderr, "octavia-fake:", err)
		return 2
	}
	if err := serve(ctx, cfg, stdout); err != nil {
		fmt.Fprintln(stderr, "octavia-fake:", err)
		return 1
	}
	return 0
}

// serve listens, writes the files that were asked for, and serves until ctx is done.
func serve(ctx context.Context, cfg config, stdout io.Writer) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.listen)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	if err := cfg.writeFiles(url); err != nil {
		return errors.Join(err, listener.Close())
	}
	server := &http.Server{Handler: newRegion(cfg), ReadHeaderTimeout: 10 * time.Second}
	fmt.Fprintln(stdout, "octavia-fake listening on", url)
	stopped := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() { //nolint:contextcheck // ctx has ended: what is left has its own time
		defer close(stopped)
		stop(server)
	})
	if err := server.Serve(listener); unhook() {
		return err // nobody asked for it
	}
	<-stopped
	return nil
}

// stop lets requests under way finish, but not for ever: a fault may hold an answer back for an hour.
func stop(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// writeFiles writes clouds.yaml and openrc, complete or not at all.
func (cfg config) writeFiles(url string) error {
	for path, text := range map[string]string{cfg.clouds: cloudsYAML(url), cfg.openrc: openrc(url)} {
		if path == "" {
			continue
		}
		if err := writeFile(path, text); err != nil {
			return err
		}
	}
	return nil
}

// writeFile puts a whole file in the place of whatever was there: who waits for it never reads half of it.
func writeFile(path, text string) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return err
	}
	_, err = temp.WriteString(text)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}
