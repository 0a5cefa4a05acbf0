// Listens on one port of 127.0.0.1 until it is ended: kafka PORT PARTITIONS TOPIC...
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
)

func main() {
	if len(os.Args) < 4 {
		fail("expected PORT PARTITIONS TOPIC...")
	}
	port, partitions := number(os.Args[1]), number(os.Args[2])
	cluster, err := kfake.NewCluster(
		kfake.Ports(port),
		kfake.SeedTopics(int32(partitions), os.Args[3:]...),
	)
	if err != nil {
		fail(err.Error())
	}
	defer cluster.Close()
	fmt.Println(cluster.ListenAddrs()[0])
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	<-ended
}

func number(text string) int {
	read, err := strconv.Atoi(text)
	if err != nil || read < 1 {
		fail(text + ": expected a positive whole number")
	}
	return read
}

func fail(text string) {
	fmt.Fprintln(os.Stderr, "kafka: "+text)
	os.Exit(2)
}
