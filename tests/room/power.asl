// Mains adapter and battery of the room's PC. Two bytes of QEMU's pc-testdev say how they are, and are written from
// outside: at 0xE0 whether the mains are lost, at 0xE1 how many hundredths of the battery are used.
DefinitionBlock ("power.aml", "SSDT", 1, "ROOM", "POWER", 0x00000001)
{
    Scope (\_SB)
    {
        OperationRegion (PORT, SystemIO, 0xE0, 0x02)
        Field (PORT, ByteAcc, NoLock, Preserve) { LOST, 8, USED, 8 }
        Device (ADP0)
        {
            Name (_HID, "ACPI0003")
            Name (_UID, One)
            Method (_STA, 0, NotSerialized) { Return (0x0F) }
            Method (_PSR, 0, NotSerialized) { If (LEqual (LOST, Zero)) { Return (One) } Return (Zero) }
        }
        Device (BAT0)
        {
            Name (_HID, EisaId ("PNP0C0A"))
            Name (_UID, One)
            Method (_STA, 0, NotSerialized) { Return (0x1F) }
            Method (_BIF, 0, NotSerialized)
            {
                Return (Package (0x0D) { One, 1000, 1000, One, 12000, 100, 50, One, One, "BAT0", "1", "LION", "ROOM" })
            }
            Method (_BST, 0, Serialized)
            {
                Name (STAT, Package (0x04) { Zero, 100, 1000, 12000 })
                If (LEqual (LOST, Zero)) { Store (Zero, Index (STAT, Zero)) } Else { Store (One, Index (STAT, Zero)) }
                Store (Subtract (1000, Multiply (USED, 10)), Index (STAT, 2))
                Return (STAT)
            }
        }
    }
}
