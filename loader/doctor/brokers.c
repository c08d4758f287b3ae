// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks for brokers: programs that use lines for other users. The policy checks the broker (or
 * nobody, if the broker uses the registers), never the users that ask it.
 */
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "loader/doctor/doctor.h"
#include "loader/machine/access.h"
#include "loader/util/memory.h"

#define STOP(name) "stop it: systemctl disable --now " name
#define AS_USER	   "; or allow its user only what everyone who can ask it may use"

static const struct broker {
	const char *process; /* its name (comm) */
	const char *file;    /* users ask it by writing to this, or NULL */
	unsigned int port;   /* TCP, or 0 */
	const char *bus;     /* its name on the system's D-Bus, or NULL */
	const char *remedy;
} brokers[] = {
	/* So is any program that is linked with the library pigpio, under a name of its own. */
	{"pigpiod", "/dev/pigpio", 8888, NULL, STOP("pigpiod")},
	{"rgpiod", NULL, 8889, NULL, STOP("rgpiod") AS_USER},
	{"gpio-manager", NULL, 0, "io.gpiod1", STOP("gpio-manager") AS_USER},
	{"mygpiod", "/run/mygpiod/socket", 0, NULL, STOP("mygpiod") AS_USER},
};

/* The folder in /proc of a process of this name, to be freed; NULL: there is none. */
static char *find_process(const struct doctor *doctor, const char *name)
{
	char *pattern = doctor_text("%s/proc/[0-9]*/comm", doctor->root), *found = NULL;
	glob_t processes;

	if (!glob(pattern, GLOB_NOSORT, NULL, &processes))
		for (size_t i = 0; i < processes.gl_pathc && !found; i++) {
			char *path = processes.gl_pathv[i], comm[32] = "";
			FILE *file = fopen(path, "re");

			if (file && fgets(comm, sizeof(comm), file))
				comm[strcspn(comm, "\n")] = '\0';
			if (file)
				fclose(file);
			if (!strcmp(comm, name))
				found = memory(strndup(path, strlen(path) - strlen("/comm")));
		}
	globfree(&processes);
	free(pattern);
	return found;
}

/* Does a socket in this table listen on the port? The format: tcp4_seq_show() in
 * net/ipv4/tcp_ipv4.c */
static bool has_listener(const char *folder, const char *table, unsigned int port)
{
	char *path = doctor_text("%s/net/%s", folder, table), line[512];
	unsigned int local, state;
	FILE *file = fopen(path, "re");
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x", &local,
			       &state) == 2 &&
			local == port && state == 0x0a; /* TCP_LISTEN */
	if (file)
		fclose(file);
	free(path);
	return found;
}

/* "rgpiod (process 12, of user rgpio)" */
static char *describe(const struct doctor *doctor, const struct broker *broker, const char *process)
{
	struct stat status;
	char *user, *text;

	if (!process || stat(process, &status))
		return doctor_text("%s, or a program that is linked with its library",
				   broker->process);
	user = accounts_name(doctor->accounts, false, status.st_uid);
	text = doctor_text("%s (process %s, of %s)", broker->process, strrchr(process, '/') + 1,
			   user);
	free(user);
	return text;
}

static bool add_file(struct doctor *doctor, const struct broker *broker, const char *path,
		     const char *who)
{
	struct doctor_way way = {
		.check = "broker",
		.reaches = doctor_text("the lines of %s", who),
		.rights = ACCESS_WRITE,
		.worst = DOCTOR_PROBLEM,
	};
	bool added = doctor_add_way(doctor, &way, path, doctor_text("%s", broker->remedy));

	free((char *)way.reaches);
	return added;
}

/* Looks in the network namespace of the process, if it is known. */
static bool add_port(struct doctor *doctor, const struct broker *broker, const char *process,
		     const char *who)
{
	char *folder =
		process ? doctor_text("%s", process) : doctor_text("%s/proc/self", doctor->root);
	bool listens = broker->port && (has_listener(folder, "tcp", broker->port) ||
					has_listener(folder, "tcp6", broker->port));

	if (listens)
		doctor_add(doctor, DOCTOR_PROBLEM, "broker",
			   doctor_text("TCP port %u leads to the lines of %s around the policy, "
				       "and is open to everyone",
				       broker->port, who),
			   doctor_text("%s", broker->remedy));
	free(folder);
	return listens;
}

/* The configuration of the bus says who may ask: no program can own a name without one. */
static bool add_bus(struct doctor *doctor, const struct broker *broker, const char *who)
{
	if (broker->bus)
		doctor_add(doctor, DOCTOR_WARNING, "broker",
			   doctor_text("the D-Bus name %s leads to the lines of %s around the "
				       "policy, and is open to everyone whom the bus configuration "
				       "allows: grep -rl %s /etc/dbus-1 "
				       "/usr/share/dbus-1/system.d",
				       broker->bus, who, broker->bus),
			   doctor_text("%s", broker->remedy));
	return broker->bus;
}

/* @file: the file that users write to, with the root; or NULL */
static void add_broker(struct doctor *doctor, const struct broker *broker, const char *process,
		       const char *file)
{
	char *who = describe(doctor, broker, process);
	bool added = file && add_file(doctor, broker, file, who);

	added |= add_port(doctor, broker, process, who);
	added |= add_bus(doctor, broker, who);
	if (!added)
		doctor_add(doctor, DOCTOR_WARNING, "broker",
			   doctor_text("%s uses lines for others, around the policy; how users ask "
				       "it is not known",
				       who),
			   doctor_text("%s", broker->remedy));
	free(who);
}

void doctor_brokers(struct doctor *doctor)
{
	for (size_t i = 0; i < sizeof(brokers) / sizeof(*brokers); i++) {
		const struct broker *broker = &brokers[i];
		char *process = find_process(doctor, broker->process);
		char *file = doctor_text("%s%s", doctor->root, broker->file ? broker->file : "");
		bool has_file = broker->file && !access(file, F_OK);

		if (process || has_file)
			add_broker(doctor, broker, process, has_file ? file : NULL);
		free(process);
		free(file);
	}
}
