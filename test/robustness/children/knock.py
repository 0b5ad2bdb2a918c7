# Another user of this machine, who knows where a set is found: an address that Node pads with zeros and so cannot use.
import os
import socket
import sys

what, address, uid = sys.argv[1:]
os.setgroups([])
os.setgid(int(uid))
os.setuid(int(uid))
peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
if what == 'knock':
    peer.connect('\0' + address)
    print(len(peer.recv(4096)), flush=True)
else:
    peer.bind('\0' + address)
    peer.listen()
    print('listening', flush=True)
    peer.accept()
    sys.stdin.read()
