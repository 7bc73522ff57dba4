// SPDX-License-Identifier: GPL-2.0 OR BSD-3-Clause
/*
 * test_container.c - paths as the runtimes and systemd really make them, and paths that only
 * pretend
 */
#include "enrich/container.h"

#include <stdio.h>
#include <stdlib.h>

#include "unit.h"

/* A full id, and its short form. */
#define ID "3f4e7c1a9b2d5e8f0a1b2c3d4e5f60718293a4b5c6d7e8f90123456789abcdef"
#define OTHER "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define SHORT "3f4e7c1a9b2d"
#define POD "pod5c3f1f6e-8f0e-4a55-9d3b-0a1b2c3d4e5f"
#define POD_ "pod5c3f1f6e_8f0e_4a55_9d3b_0a1b2c3d4e5f"

struct row {
	const char *path, *container, *unit;
};

static void expect(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tf_container got;

		memset(&got, 0x5a, sizeof(got));
		tf_container_parse(rows[i].path, &got);
		if (strcmp(got.container, rows[i].container) || strcmp(got.unit, rows[i].unit))
			fail_msg("%s: container '%s', unit '%s'", rows[i].path, got.container,
				 got.unit);
	}
}

static void test_paths_of_docker_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/docker/" ID, "docker:" ID, ""},
		{"/docker/" SHORT, "docker:" SHORT, ""},
		{"/system.slice/docker-" ID ".scope", "docker:" ID, ""},
		{"/system.slice/docker-" ID ".scope/init", "docker:" ID, ""},
		/* systemd runs in the container */
		{"/docker/" ID "/init.scope", "docker:" ID, "init.scope"},
		{"/docker/" ID "/system.slice/nginx.service", "docker:" ID, "nginx.service"},
		{"/system.slice/docker-" ID ".scope/system.slice/cron.service", "docker:" ID,
		 "cron.service"},
		/* rootless */
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" ID ".scope",
		 "docker:" ID, "user@1000.service"},
		/* within docker */
		{"/docker/" ID "/docker/" OTHER, "docker:" OTHER, ""},
		/* --cgroup-parent, of whichever runtime */
		{"/batch/" ID, "oci:" ID, ""},
		{"/batch.slice/docker-" ID ".scope", "docker:" ID, ""},
		/* buildkit in it */
		{"/docker/" ID "/buildkit/q2w3e4r5t6y7u8i9o0p1a2s3d", "docker:" ID, ""},
		/* Amazon ECS */
		{"/ecs/0410eff2-7e59-4111-823e-1e0d98ef7f30/" ID, "docker:" ID, ""},
		{"/ecs/cluster/0410eff27e594111823e1e0d98ef7f30/" ID, "oci:" ID, ""},
		{"/ecstasks.slice/ecstasks-0410eff27e594111823e1e0d98ef7f30.slice/docker-" ID
		 ".scope",
		 "docker:" ID, ""},
		/* the daemon itself */
		{"/system.slice/docker.service", "", "docker.service"},
		{"/docker", "", ""},
		{"/docker/buildx", "", ""},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_kubernetes_with_the_systemd_driver_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-" POD_
		 ".slice/cri-containerd-" ID ".scope",
		 "containerd:" ID, ""},
		{"/kubepods.slice/kubepods-" POD_ ".slice/cri-containerd-" ID ".scope",
		 "containerd:" ID, ""},
		{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" POD_
		 ".slice/docker-" ID ".scope",
		 "docker:" ID, ""},
		{"/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-" POD_
		 ".slice/crio-" ID ".scope",
		 "cri-o:" ID, ""},
		/* crun's cgroup within the scope */
		{"/kubepods.slice/kubepods-" POD_ ".slice/crio-" ID ".scope/container", "cri-o:" ID,
		 ""},
		/* its monitor is not in the container */
		{"/kubepods.slice/kubepods-" POD_ ".slice/crio-conmon-" ID ".scope", "",
		 "crio-conmon-" ID ".scope"},
		{"/kubepods.slice/kubepods-" POD_ ".slice", "", ""},
		/* kind: a node that is a container */
		{"/system.slice/docker-" OTHER ".scope/kubelet.slice/kubelet-kubepods.slice/"
		 "kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-" POD_
		 ".slice/cri-containerd-" ID ".scope",
		 "containerd:" ID, ""},
		{"/kubelet.slice/kubelet.service", "", "kubelet.service"},
		{"/system.slice/kubelet.service", "", "kubelet.service"},
		/* kubelet with systemd's names, containerd with plain cgroups */
		{"/system.slice/containerd.service/kubepods-burstable-" POD_
		 ".slice:cri-containerd:" ID,
		 "containerd:" ID, "containerd.service"},
		{"/kubepods-burstable-" POD_ ".slice:cri-containerd:" ID, "containerd:" ID, ""},
		{"/kubepods-" POD_ ".slice:crio:" ID, "cri-o:" ID, ""},
		{"/kubepods-" POD_ ".slice:docker:" ID, "docker:" ID, ""},
		{"/system.slice/k3s.service", "", "k3s.service"},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_kubernetes_with_the_cgroupfs_driver_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/kubepods/burstable/" POD "/" ID, "containerd:" ID, ""},
		{"/kubepods/besteffort/" POD "/" ID, "containerd:" ID, ""},
		{"/kubepods/" POD "/" ID, "containerd:" ID, ""},
		{"/kubepods/burstable/pod0a1b2c3d4e5f60718293a4b5c6d7e8f9/" ID, "containerd:" ID,
		 ""}, /* a static pod */
		{"/kubepods/burstable/" POD "/crio-" ID, "cri-o:" ID, ""},
		{"/kubepods/burstable/" POD "/crio-conmon-" ID, "", ""},
		{"/kubepods/burstable/" POD "/" ID "/system.slice/nginx.service", "containerd:" ID,
		 "nginx.service"},
		{"/docker/" OTHER "/kubelet/kubepods/burstable/" POD "/" ID, "containerd:" ID, ""},
		{"/kubepods/burstable/" POD "/kata_" ID, "kata:" ID, ""},
		{"/kata_overhead/" ID, "kata:" ID, ""},
		{"/kubepods/burstable/" POD, "", ""},
		{"/kubepods", "", ""},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_containerd_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/default/" ID, "containerd:" ID, ""},	    /* nerdctl, plain cgroups */
		{"/default/redis", "containerd:redis", ""}, /* ctr run ... redis */
		{"/k8s.io/" ID, "containerd:" ID, ""},
		{"/moby/" ID, "docker:" ID, ""},
		{"/system.slice/nerdctl-" ID ".scope", "containerd:" ID, ""},
		{"/system.slice/containerd.service", "", "containerd.service"},
		{"/other/default/redis", "", ""},
		{"/default", "", ""},
		{"/k8s.io/redis", "", ""},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_podman_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/machine.slice/libpod-" ID ".scope", "podman:" ID, ""},
		{"/machine.slice/libpod-" ID ".scope/container", "podman:" ID, ""},
		{"/machine.slice/libpod-" ID ".scope/container/system.slice/sshd.service",
		 "podman:" ID, "sshd.service"},
		{"/machine.slice/libpod-conmon-" ID ".scope", "", "libpod-conmon-" ID ".scope"},
		{"/machine.slice/machine-libpod_pod_" OTHER ".slice/libpod-" ID ".scope",
		 "podman:" ID, ""},
		{"/machine.slice/machine-libpod_pod_" OTHER ".slice", "", ""},
		{"/libpod_parent/libpod-" ID, "podman:" ID, ""},
		{"/libpod_parent/" OTHER "/libpod-" ID, "podman:" ID, ""},
		{"/libpod_parent/" OTHER, "", ""}, /* a pod */
		{"/libpod_parent/conmon", "", ""},
		{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID
		 ".scope/container",
		 "podman:" ID, "user@1000.service"},
		/* a quadlet: --cgroups=split */
		{"/system.slice/web.service/libpod-payload-" ID, "podman:" ID, "web.service"},
		{"/system.slice/web.service/runtime", "", "web.service"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service/"
		 "libpod-payload-" ID,
		 "podman:" ID, "web.service"},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_lxc_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/lxc/web", "lxc:web", ""},
		{"/lxc/101", "lxc:101", ""}, /* Proxmox */
		{"/lxc/101/ns/system.slice/nginx.service", "lxc:101", "nginx.service"},
		{"/lxc/web/init.scope", "lxc:web", "init.scope"},
		{"/lxc.payload.web", "lxc:web", ""},
		{"/lxc.payload.web-1", "lxc:web-1", ""},
		{"/lxc.payload.web/system.slice/nginx.service", "lxc:web", "nginx.service"},
		{"/lxc.payload/web", "lxc:web", ""},
		{"/lxc.payload/web/user.slice/user-0.slice/session-c1.scope", "lxc:web",
		 "session-c1.scope"},
		{"/lxc.payload.project_web.01", "lxc:project_web.01", ""},
		{"/lxc.payload.web/docker/" ID, "docker:" ID, ""}, /* docker in it */
		{"/lxc.monitor.web", "", ""},
		{"/lxc.monitor/web", "", ""},
		{"/lxc.payload.", "", ""},
		{"/lxc", "", ""},
		{"/a/lxc/web", "", ""},
		{"/system.slice/lxc.service", "", "lxc.service"},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_machines_name_the_container(void **state)
{
	static const struct row rows[] = {
		{"/machine.slice/machine-fedora.scope", "nspawn:fedora", ""},
		{"/machine.slice/machine-fedora.scope/payload/system.slice/sshd.service",
		 "nspawn:fedora", "sshd.service"},
		{"/machine.slice/machine-web\\x2d1.scope", "nspawn:web-1", ""},
		{"/machine.slice/systemd-nspawn@web\\x2d1.service/payload/init.scope",
		 "nspawn:web-1", "init.scope"},
		{"/machine.slice/systemd-nspawn@fedora.service", "nspawn:fedora", ""},
		{"/machine.slice/machine-qemu\\x2d3\\x2dweb.scope/libvirt/emulator", "qemu:3-web",
		 ""},
		{"/machine.slice/machine-lxc\\x2d77\\x2dweb.scope/libvirt", "libvirt-lxc:77-web",
		 ""},
		/* What must not come out of an escape stays in. */
		{"/machine.slice/machine-a\\x0a\\x1b\\x00\\x7fb.scope",
		 "nspawn:a\\x0a\\x1b\\x00\\x7fb", ""},
		{"/machine.slice/machine-a\\x2.scope", "nspawn:a\\x2", ""},
		{"/machine.slice/machine-a\\xZZ.scope", "nspawn:a\\xZZ", ""},
		{"/machine.slice/machine-.scope", "", "machine-.scope"},
		{"/machine.slice", "", ""},
	};

	expect(rows, COUNT(rows));
}

static void test_paths_of_services_name_the_unit(void **state)
{
	static const struct row rows[] = {
		{"/", "", ""},
		{"", "", ""},
		{"/init.scope", "", "init.scope"},
		{"/system.slice/nginx.service", "", "nginx.service"},
		{"/system.slice/system-getty.slice/getty@tty1.service", "", "getty@tty1.service"},
		{"/system.slice/system-postgresql.slice/postgresql@15-main.service", "",
		 "postgresql@15-main.service"},
		{"/user.slice", "", ""},
		{"/user.slice/user-1000.slice/session-3.scope", "", "session-3.scope"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/"
		 "app-org.gnome.Terminal-1234.scope",
		 "", "app-org.gnome.Terminal-1234.scope"},
		{"/user.slice/user-1000.slice/user@1000.service/session.slice/dbus.service", "",
		 "dbus.service"},
		{"/user.slice/user-1000.slice/user@1000.service/app.slice/"
		 "snap.firefox.firefox-9a3f3e1c-0b3c-4f0e-8a0b-1c2d3e4f5a6b.scope",
		 "", "snap.firefox.firefox-9a3f3e1c-0b3c-4f0e-8a0b-1c2d3e4f5a6b.scope"},
		{"/system.slice/app.service/worker", "", "app.service"}, /* Delegate=yes */
		{"/nomad.slice/share.slice/8f0e4a55.web.scope", "", "8f0e4a55.web.scope"},
		{"/system.slice/run-r8d1e.scope", "", "run-r8d1e.scope"},
		{"/system.slice/dev-hugepages.mount", "", ""},
		/* cg_escape() */
		{"/system.slice/_memory.service", "", "memory.service"},
		{"/system.slice/__x.service", "", "_x.service"},
		{"/system.slice/.service", "", ""},
		{"/system.slice/.scope", "", ""},
		{"/system.slice/_.service", "", ""},
		{"system.slice//nginx.service/", "", "nginx.service"},
		/* as seen from within a cgroup namespace */
		{"/../../system.slice/docker-" ID ".scope", "docker:" ID, ""},
		{"/..", "", ""},
	};

	expect(rows, COUNT(rows));
}

static void test_similar_paths_name_no_container(void **state)
{
	static const struct row rows[] = {
		{"/system.slice/docker-proxy.scope", "", "docker-proxy.scope"},
		{"/system.slice/docker-.scope", "", "docker-.scope"},
		{"/system.slice/docker-3f4e7c1a9b2.scope", "", "docker-3f4e7c1a9b2.scope"},
		{"/system.slice/docker-3F4E7C1A9B2D.scope", "", "docker-3F4E7C1A9B2D.scope"},
		{"/system.slice/docker-" ID "0.scope", "", "docker-" ID "0.scope"},
		{"/system.slice/docker-" ID ".service", "", "docker-" ID ".service"},
		{"/system.slice/docker-" ID, "", ""},
		{"/system.slice/xdocker-" ID ".scope", "", "xdocker-" ID ".scope"},
		{"/cri-containerd-" SHORT "g.scope", "", "cri-containerd-" SHORT "g.scope"},
		{"/a:cri-containerd:", "", ""},
		{"/:cri-containerd:" SHORT, "containerd:" SHORT, ""},
		{"/cri-containerd:" SHORT, "", ""},
		{":", "", ""},
		{"/docker/\033]0;x\a", "", ""},
		{"/lxc/\033]0;x\a", "", ""},
		{"/lxc.payload.a\nb", "", ""},
		{"/lxc/\xff\xfe", "lxc:\xff\xfe", ""}, /* sinks escape it */
		{"/docker/docker/docker", "", ""},
		{"/" SHORT, "", ""},
	};

	expect(rows, COUNT(rows));
}

/* A cut id would be another container's; a cut unit says that it is one. */
static void test_names_that_are_too_long_are_cut(void **state)
{
	char path[600], name[300], container[TF_CONTAINER_LEN], unit[TF_UNIT_LEN];
	struct row row = {path, "", ""};

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(path, sizeof(path), "/lxc/%s", name);
	expect(&row, 1);
	snprintf(path, sizeof(path), "/lxc/%.*s", TF_CONTAINER_LEN - 5, name);
	snprintf(container, sizeof(container), "lxc:%.*s", TF_CONTAINER_LEN - 5, name);
	row.container = container;
	expect(&row, 1);
	snprintf(path, sizeof(path), "/system.slice/%s.service", name);
	snprintf(unit, sizeof(unit), "%.*s...", TF_UNIT_LEN - 4, name);
	row.container = "";
	row.unit = unit;
	expect(&row, 1);
}

/* Whatever the path is, both names end and hold no control character. ASan and UBSan watch. */
static void test_random_paths_do_no_harm(void **state)
{
	static const char *const pieces[] = {"/",	"docker",   "-",
					     ".scope",	".service", ID,
					     "lxc",	"kubepods", ":cri-containerd:",
					     "\\x2d",	"machine-", "\033",
					     "libpod-", "..",	    "_",
					     "\xff",	"default",  "systemd-nspawn@"};

	srandom(1);
	for (int i = 0; i < 20000; i++) {
		char path[1024] = "";
		struct tf_container got;

		for (long n = random() % 12; n > 0; n--)
			strcat(path, pieces[(size_t)random() % COUNT(pieces)]);
		tf_container_parse(path, &got);
		assert_non_null(memchr(got.container, 0, sizeof(got.container)));
		assert_non_null(memchr(got.unit, 0, sizeof(got.unit)));
		assert_null(strchr(got.container, '\033'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_of_docker_name_the_container),
		cmocka_unit_test(
			test_paths_of_kubernetes_with_the_systemd_driver_name_the_container),
		cmocka_unit_test(
			test_paths_of_kubernetes_with_the_cgroupfs_driver_name_the_container),
		cmocka_unit_test(test_paths_of_containerd_name_the_container),
		cmocka_unit_test(test_paths_of_podman_name_the_container),
		cmocka_unit_test(test_paths_of_lxc_name_the_container),
		cmocka_unit_test(test_paths_of_machines_name_the_container),
		cmocka_unit_test(test_paths_of_services_name_the_unit),
		cmocka_unit_test(test_similar_paths_name_no_container),
		cmocka_unit_test(test_names_that_are_too_long_are_cut),
		cmocka_unit_test(test_random_paths_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
