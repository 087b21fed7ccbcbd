/* Two pipes, one for each direction between driver and peer. */
#ifndef PW_DUPLEX_H
#define PW_DUPLEX_H

struct pw_duplex {
	int request[2];
	int reply[2];
};

int pw_duplex_open(struct pw_duplex *duplex);
void pw_duplex_close(struct pw_duplex *duplex);

#endif
