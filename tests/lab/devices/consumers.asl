// SPDX-License-Identifier: GPL-2.0-or-later
// What this guest's firmware tells of, beside what QEMU's own does: consumers of GPIO lines inside the kernel, an LED
// and a key, on a simulated chip (gpio-sim) of their own, "lab-board". Its driver finds the chip only when a test says
// so (setup).
DefinitionBlock ("", "SSDT", 2, "LAB", "BOARD", 1)
{
	Scope (\_SB)
	{
		Device (CHIP)
		{
			Name (_HID, "PRP0001")
			Name (_UID, "chip")
			Name (_DSD, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"compatible", "gpio-simulator"}
				},
				ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"), Package ()
				{
					Package () {"bank", "BANK"}
				}
			})
			Name (BANK, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"ngpios", 8},
					Package () {"gpio-sim,label", "lab-board"}
				}
			})
		}

		// The LED lab:led on line 0, active high
		Device (LEDS)
		{
			Name (_HID, "PRP0001")
			Name (_UID, "leds")
			Name (_CRS, ResourceTemplate ()
			{
				GpioIo (Exclusive, PullNone, 0, 0, IoRestrictionOutputOnly, "\\_SB.CHIP", 0) {0}
			})
			Name (_DSD, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"compatible", "gpio-leds"}
				},
				ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"), Package ()
				{
					Package () {"led", "LED0"}
				}
			})
			Name (LED0, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"label", "lab:led"},
					Package () {"gpios", Package () {^LEDS, 0, 0, 0}}
				}
			})
		}

		// The key A (KEY_A, 30) on line 1, active high
		Device (KEYS)
		{
			Name (_HID, "PRP0001")
			Name (_UID, "keys")
			Name (_CRS, ResourceTemplate ()
			{
				GpioIo (Exclusive, PullNone, 0, 0, IoRestrictionInputOnly, "\\_SB.CHIP", 0) {1}
			})
			Name (_DSD, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"compatible", "gpio-keys"}
				},
				ToUUID ("dbb8e3e6-5886-4ba6-8795-1319f52a966b"), Package ()
				{
					Package () {"key", "KEY0"}
				}
			})
			Name (KEY0, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"), Package ()
				{
					Package () {"label", "lab-key"},
					Package () {"linux,code", 30},
					Package () {"gpios", Package () {^KEYS, 0, 0, 0}}
				}
			})
		}
	}
}
