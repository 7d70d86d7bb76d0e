import pytest

from components.measures.crc32c import crc32c, masked_crc32c


@pytest.mark.parametrize(
    ("data", "expected"),
    [(bytes(32), 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (bytes(range(32)), 0x46DD794E), (bytes(range(31, -1, -1)), 0x113FDB5C)],
)
def test_the_examples_of_rfc_3720_are_met(data: bytes, expected: int) -> None:
    assert crc32c(data) == expected


def test_odd_lengths_agree_with_one_byte_at_a_time() -> None:
    data = bytes(i * 7 % 256 for i in range(100))
    for n in range(100):
        crc = 0xFFFFFFFF
        for byte in data[:n]:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        assert crc32c(data[:n]) == crc ^ 0xFFFFFFFF


def test_the_mask_is_that_of_tfrecord() -> None:
    length_of_zero = bytes(8)
    assert masked_crc32c(length_of_zero) == ((crc32c(length_of_zero) >> 15 | crc32c(length_of_zero) << 17) + 0xA282EAD8) % 2**32
