// Relay is an Ethernet switch between TAP devices. It can drop, delay, rate-limit and block frames.
//
//	relay DEVICE...
//
// It creates the devices, prints {"ready":true}, and reads commands from stdin as JSON lines. Each command gets a response line with the same id.
// At the end of stdin, the relay exits and its devices disappear. ARP always passes: impairments simulate faults behind the next hop.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand"
	"net"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// Maximum number of queued frames per direction, of any size.
const maxFrames = 8192

// Maximum number of recorded TCP connections. The oldest are removed first.
const maxFlows = 4096

// Impairment of the frames in one direction of a port.
type impairment struct {
	// Share of dropped frames, in percent.
	Loss float64 `json:"loss"`
	// In milliseconds. Jitter is added to the delay, uniformly distributed from 0 to its value. The order of frames is kept.
	DelayMs  float64 `json:"delayMs"`
	JitterMs float64 `json:"jitterMs"`
	// In kbit/s; 0: unlimited.
	RateKbps float64 `json:"rateKbps"`
	// Queue length for the rate limit, in milliseconds at that rate. Further frames are dropped. 0: 500 ms.
	QueueMs float64 `json:"queueMs"`
	// True: all frames are dropped.
	Hole bool `json:"hole"`
}

type counters struct {
	Passed     uint64 `json:"passed"`
	Bytes      uint64 `json:"bytes"`
	Lost       uint64 `json:"lost"`
	Overflowed uint64 `json:"overflowed"`
	Swallowed  uint64 `json:"swallowed"`
}

type frame struct {
	data []byte
	at   time.Time
}

// Link is one direction of a port.
type link struct {
	mutex    sync.Mutex
	is       impairment
	count    counters
	busy     time.Time // end of transmission of the queued frames at the limited rate
	last     time.Time // departure time of the previous frame
	waiting  chan frame
	forwards func([]byte)
	random   *rand.Rand
}

func newLink(seed int64, forwards func([]byte)) *link {
	made := &link{waiting: make(chan frame, maxFrames), forwards: forwards, random: rand.New(rand.NewSource(seed))}
	go func() {
		for next := range made.waiting {
			if wait := time.Until(next.at); wait > 0 {
				time.Sleep(wait)
			}
			made.forwards(next.data)
		}
	}()
	return made
}

func (l *link) take(data []byte) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	now := time.Now()
	leaves := now
	if !isArp(data) {
		if l.is.Hole {
			l.count.Swallowed++
			return
		}
		if l.is.Loss > 0 && l.random.Float64()*100 < l.is.Loss {
			l.count.Lost++
			return
		}
		if l.is.RateKbps > 0 {
			queue := l.is.QueueMs
			if queue == 0 {
				queue = 500
			}
			if l.busy.Before(now) {
				l.busy = now
			}
			if l.busy.Sub(now) > milliseconds(queue) {
				l.count.Overflowed++
				return
			}
			l.busy = l.busy.Add(milliseconds(float64(len(data)*8) / l.is.RateKbps))
			leaves = l.busy
		}
		leaves = leaves.Add(milliseconds(l.is.DelayMs + l.is.JitterMs*l.random.Float64()))
	}
	if leaves.Before(l.last) {
		leaves = l.last
	}
	select {
	case l.waiting <- frame{data, leaves}:
		l.last = leaves
		l.count.Passed++
		l.count.Bytes += uint64(len(data))
	default:
		l.count.Overflowed++
	}
}

func (l *link) set(is impairment) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.is = is
	// Queued frames keep their departure times, and new frames leave after them. The old rate and delay have no other effect on new frames.
	l.busy, l.last = time.Time{}, time.Time{}
}

func (l *link) counts() counters {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.count
}

type port struct {
	name     string
	file     *os.File
	up, down *link
}

// Flow is a TCP connection, recorded at the client's SYN.
type flow struct {
	Client string `json:"client"`
	Server string `json:"server"`
	// First line sent by the client.
	Request string `json:"request"`
	Open    bool   `json:"open"`
	// Start, in milliseconds since 1970.
	At  int64 `json:"at"`
	key     string
}

// Block drops packets between two addresses, in both directions.
type block struct {
	A        string `json:"a"`
	B        string `json:"b"`
	Protocol string `json:"protocol"`
}

type network struct {
	mutex  sync.Mutex
	ports  []*port
	known  map[[6]byte]*port
	flows  map[string]*flow
	order  []*flow
	blocks []block
}

func (n *network) look(data []byte) (blocked bool) {
	if len(data) < 34 || binary.BigEndian.Uint16(data[12:]) != 0x0800 {
		return false
	}
	header := 14 + int(data[14]&15)*4
	from, to := net.IP(data[26:30]).String(), net.IP(data[30:34]).String()
	protocol := map[byte]string{6: "tcp", 17: "udp"}[data[23]]
	n.mutex.Lock()
	defer n.mutex.Unlock()
	for _, each := range n.blocks {
		if (each.Protocol == "" || each.Protocol == protocol) && (each.A == from && each.B == to || each.A == to && each.B == from) {
			return true
		}
	}
	if protocol == "tcp" && len(data) >= header+20 {
		n.note(data, header, from, to)
	}
	return false
}

func (n *network) note(data []byte, header int, from, to string) {
	segment := data[header:]
	client := fmt.Sprintf("%s:%d", from, binary.BigEndian.Uint16(segment))
	server := fmt.Sprintf("%s:%d", to, binary.BigEndian.Uint16(segment[2:]))
	flags := segment[13]
	if flags&0x12 == 0x02 {
		if len(n.order) == maxFlows {
			delete(n.flows, n.order[0].key)
			n.order = n.order[1:]
		}
		made := &flow{Client: client, Server: server, Open: true, At: time.Now().UnixMilli(), key: client + server}
		n.flows[made.key] = made
		n.order = append(n.order, made)
		return
	}
	if found := n.flows[client+server]; found != nil {
		end := 14 + int(binary.BigEndian.Uint16(data[16:]))
		if begin := header + int(segment[12]>>4)*4; found.Request == "" && begin < end && end <= len(data) {
			found.Request = strings.SplitN(string(data[begin:end]), "\r\n", 2)[0]
		}
	}
	if flags&0x05 != 0 {
		for _, key := range []string{client + server, server + client} {
			if found := n.flows[key]; found != nil {
				found.Open = false
			}
		}
	}
}

func (n *network) route(from *port, data []byte) {
	var source, target [6]byte
	copy(target[:], data)
	copy(source[:], data[6:])
	n.mutex.Lock()
	n.known[source] = from
	to := n.known[target]
	n.mutex.Unlock()
	for _, each := range n.ports {
		if each != from && (to == nil || to == each) {
			each.down.take(data)
		}
	}
}

func (n *network) read(from *port) {
	buffer := make([]byte, 65536)
	for {
		size, err := from.file.Read(buffer)
		if err != nil {
			return
		}
		if size >= 14 {
			data := append([]byte(nil), buffer[:size]...)
			if !n.look(data) {
				from.up.take(data)
			}
		}
	}
}

type order struct {
	Id   int    `json:"id"`
	Do   string `json:"do"`
	Port string `json:"port"`
	// From the port into the network.
	Up *impairment `json:"up"`
	// From the network to the port.
	Down   *impairment `json:"down"`
	Blocks []block     `json:"blocks"`
}

func (n *network) obey(given order) (interface{}, error) {
	switch given.Do {
	case "set":
		for _, each := range n.ports {
			if each.name == given.Port {
				if given.Up != nil {
					each.up.set(*given.Up)
				}
				if given.Down != nil {
					each.down.set(*given.Down)
				}
				return nil, nil
			}
		}
		return nil, fmt.Errorf("no device is called %q", given.Port)
	case "block":
		n.mutex.Lock()
		defer n.mutex.Unlock()
		n.blocks = given.Blocks
		return nil, nil
	case "count":
		counted := map[string]map[string]counters{}
		for _, each := range n.ports {
			counted[each.name] = map[string]counters{"up": each.up.counts(), "down": each.down.counts()}
		}
		return counted, nil
	case "flows":
		n.mutex.Lock()
		defer n.mutex.Unlock()
		flows := make([]flow, 0, len(n.order))
		for _, each := range n.order {
			flows = append(flows, *each)
		}
		return flows, nil
	}
	return nil, fmt.Errorf("it cannot do %q", given.Do)
}

func isArp(data []byte) bool { return binary.BigEndian.Uint16(data[12:]) == 0x0806 }

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

func openTap(name string) (*os.File, error) {
	descriptor, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	var request [40]byte
	copy(request[:15], name)
	*(*uint16)(unsafe.Pointer(&request[16])) = syscall.IFF_TAP | syscall.IFF_NO_PI
	if _, _, number := syscall.Syscall(syscall.SYS_IOCTL, uintptr(descriptor), syscall.TUNSETIFF, uintptr(unsafe.Pointer(&request))); number != 0 {
		return nil, fmt.Errorf("device %s: %w", name, number)
	}
	// Only after TUNSETIFF: a descriptor without a device cannot be polled.
	return os.NewFile(uintptr(descriptor), name), nil
}

func main() {
	made := &network{known: map[[6]byte]*port{}, flows: map[string]*flow{}}
	for i, name := range os.Args[1:] {
		file, err := openTap(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		each := &port{name: name, file: file}
		each.up = newLink(int64(2*i+1), func(data []byte) { made.route(each, data) })
		// Write errors are ignored: a device that is down accepts no frames.
		each.down = newLink(int64(2*i+2), func(data []byte) { _, _ = file.Write(data) })
		made.ports = append(made.ports, each)
	}
	for _, each := range made.ports {
		go made.read(each)
	}
	answers := json.NewEncoder(os.Stdout)
	_ = answers.Encode(map[string]bool{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var given order
		answer := map[string]interface{}{}
		err := json.Unmarshal(lines.Bytes(), &given)
		if err == nil {
			answer["result"], err = made.obey(given)
		}
		if err != nil {
			answer["error"] = err.Error()
		}
		answer["id"] = given.Id
		_ = answers.Encode(answer)
	}
}
