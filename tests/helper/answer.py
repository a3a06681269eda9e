# SPDX-License-Identifier: Apache-2.0
"""answer PORT: whoever calls, by TCP or UDP, is told its own address."""
import selectors
import socket
import sys

port = int(sys.argv[1])
tcp = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
udp = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
udp.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
udp.bind(("::", port))


def told(peer):
    return (peer[0].removeprefix("::ffff:") + "\n").encode()


with selectors.DefaultSelector() as ready:
    ready.register(tcp, selectors.EVENT_READ)
    ready.register(udp, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            if key.fileobj is tcp:
                connection, peer = tcp.accept()
                with connection:
                    connection.sendall(told(peer))
            else:
                _, peer = udp.recvfrom(65536)
                udp.sendto(told(peer), peer)
